// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "models/prefixtreemodel.h"
#include "pages/keyspage.h"
#include "widgets/emptystate.h"
#include "widgets/labels.h"
#include "widgets/valueview.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTreeView>

using namespace InfraConsole;
using Infra::Target;

class KeysPageTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void readsPagesAsTheyAreLookedAt();
    void keyModelKeepsItsContract();
    void treeModelKeepsItsContract();
    void treeFindsBranchesWithFewReads();
    void treeGoesOnBehindKeysThatAreNoText();
    void aTagIsSearchedThroughAllPages();
    void aPatternReadsOnlyWhatItsBeginningAllows();
    void theBranchNarrowsTheTable();
    void valueIsReadOnRequestOnly();
    void aLateValueIsNotShownForAnotherKey();
    void whatIsKnownOfAKeyAgesBesideItsValue();
    void aFailureOffersToTryAgain();
    void aFailureBehindListedKeysOffersToGoOn();
    void aSearchGoesOnWhereItFailed();
    void theStoreTellsRegionsThatTelemetryForgot();
    void everyRegionIsOfferedOnce();
    void theShownRegionStaysUntilTheStoreHasNoSuchRegion();
    void aRegionIsShownAsSoonAsTheStoreNamesIt();
    void aLinkIsForgottenOnceTheOperatorChooses();
    void regionsThatCannotBeReadOfferToTryAgain();
    void invalidationStartsFromSelectionAndBranch();
    void aKeyThatIsNoTextIsShownEscapedAndInvalidatedByItsBytes();
    void cellsSpeakTheirColumnAndValue();
    void everythingHasAName();
};

namespace {

void settle(const KeysPage &page)
{
    QTRY_VERIFY(!page.model()->isLoading());
    QTRY_VERIFY(!page.treeModel()->isLoading());
}

// A Target has no default value, which QVariant::value() would need.
Target targetOf(const QList<QVariant> &arguments)
{
    return *static_cast<const Target *>(arguments.at(1).constData());
}

// Null when no visible button says so.
QAbstractButton *buttonThatSays(const KeysPage &page, const QString &text)
{
    for (QAbstractButton *button : page.findChildren<QAbstractButton *>()) {
        if (button->isVisible() && button->text() == text)
            return button;
    }
    return nullptr;
}

struct Shown
{
    explicit Shown(InfraTest::FakeSession &session) : page(session, view)
    {
        page.resize(1000, 700);
        page.setSnapshot(session.snapshot());
        page.showSubject(QStringLiteral("orders"));
        page.show();
        settle(page);
    }
    ViewContext view;
    KeysPage page;
};

} // namespace

void KeysPageTest::readsPagesAsTheyAreLookedAt()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    QCOMPARE(shown.page.region(), QByteArray("orders"));
    QCOMPARE(shown.page.model()->rowCount(), 500);
    QVERIFY(!shown.page.model()->isComplete());
    QCOMPARE(shown.page.countText(), QStringLiteral("first 500 keys"));
    shown.page.view()->scrollToBottom();
    QTRY_COMPARE(shown.page.model()->rowCount(), 1000);
}

void KeysPageTest::keyModelKeepsItsContract()
{
    InfraTest::FakeSession session;
    KeyTableModel model(session);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setSource("orders", {});
    QTRY_VERIFY(!model.isLoading());
    while (model.canFetchMore({})) {
        model.fetchMore({});
        QTRY_VERIFY(!model.isLoading());
    }
    QVERIFY(model.isComplete());
    QCOMPARE(static_cast<std::size_t>(model.rowCount()), session.keys().size());
    model.setSource({}, {});
    QCOMPARE(model.rowCount(), 0);
}

void KeysPageTest::treeModelKeepsItsContract()
{
    InfraTest::FakeSession session;
    PrefixTreeModel model(session);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRegion("orders");
    const QModelIndex root = model.index(0, 0);
    model.load(root);
    QTRY_VERIFY(!model.isLoading());
    model.load(model.index(0, 0, root));
    QTRY_VERIFY(!model.isLoading());
    QCOMPARE(model.rowCount(model.index(0, 0, root)), 40);
    model.setRegion("prices");
    model.setRegion({});
    QCOMPARE(model.rowCount(), 0);
}

void KeysPageTest::treeFindsBranchesWithFewReads()
{
    InfraTest::FakeSession session;
    PrefixTreeModel model(session);
    model.setRegion("orders");
    const QModelIndex root = model.index(0, 0);
    const int before = session.pagesRead();
    model.load(root);
    QTRY_VERIFY(!model.isLoading());
    QCOMPARE(model.rowCount(root), 1);
    const QModelIndex order = model.index(0, 0, root);
    QCOMPARE(model.prefix(order), QByteArray("order:"));
    QVERIFY(session.pagesRead() - before <= 3);
    model.load(order);
    QTRY_VERIFY(!model.isLoading());
    // 40 branches among 6,420 keys, one jump each.
    QCOMPARE(model.rowCount(order), 40);
    QVERIFY2(session.pagesRead() - before <= 50, qPrintable(QString::number(session.pagesRead() - before)));
    const QModelIndex leaf = model.index(0, 0, order);
    QCOMPARE(model.prefix(leaf), QByteArray("order:0:"));
    QVERIFY(model.hasChildren(leaf));
    model.load(leaf);
    QTRY_VERIFY(!model.isLoading());
    QVERIFY(!model.hasChildren(leaf));
}

void KeysPageTest::treeGoesOnBehindKeysThatAreNoText()
{
    class BytesSession : public InfraTest::FakeSession
    {
    public:
        [[nodiscard]] QFuture<Infra::Result<EntryPage>> entries(const QByteArray &, const QByteArray &prefix, const QByteArray &after,
                                                                int limit) override
        {
            EntryPage page;
            const auto add = [&](const QByteArray &key) {
                if (!key.startsWith(prefix) || key <= after)
                    return;
                page.hasMore = static_cast<int>(page.entries.size()) == limit;
                if (page.hasMore)
                    return;
                Infra::EntryInfo entry;
                entry.key = key;
                page.entries.push_back(entry);
            };
            for (int i = 100; i < 200; ++i)
                add("blob:" + QByteArray(24, '\xff') + QByteArray::number(i));
            add("order:1");
            return QtFuture::makeReadyFuture(Infra::Result<EntryPage>(page));
        }
    };
    BytesSession session;
    PrefixTreeModel model(session);
    model.setRegion("orders");
    const QModelIndex root = model.index(0, 0);
    model.load(root);
    QTRY_VERIFY(!model.isLoading());
    QCOMPARE(model.rowCount(root), 2);
    QCOMPARE(model.prefix(model.index(1, 0, root)), QByteArray("order:"));
}

void KeysPageTest::aTagIsSearchedThroughAllPages()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.setFilter(KeysPage::FilterKind::Tag, QStringLiteral("tenant-39"));
    settle(shown.page);
    const auto expected = std::count_if(session.keys().begin(), session.keys().end(),
                                        [](const Infra::EntryInfo &entry) { return entry.tags.contains("tenant-39"); });
    QTRY_VERIFY(shown.page.model()->isComplete());
    QCOMPARE(shown.page.model()->rowCount(), static_cast<int>(expected));
    QCOMPARE(shown.page.countText(), QStringLiteral("160 of 6,420"));
}

void KeysPageTest::aPatternReadsOnlyWhatItsBeginningAllows()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.setFilter(KeysPage::FilterKind::Pattern, QStringLiteral("order:7:*7"));
    settle(shown.page);
    QTRY_VERIFY(shown.page.model()->isComplete());
    QVERIFY(shown.page.model()->rowCount() > 0);
    QCOMPARE(shown.page.model()->scannedCount(), std::uint64_t(161));
    for (int row = 0; row < shown.page.model()->rowCount(); ++row)
        QVERIFY(shown.page.model()->entry(row).key.endsWith('7'));
}

void KeysPageTest::theBranchNarrowsTheTable()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    auto *const tree = shown.page.findChild<QTreeView *>();
    const QModelIndex order = shown.page.treeModel()->index(0, 0, shown.page.treeModel()->index(0, 0));
    tree->expand(order);
    settle(shown.page);
    tree->setCurrentIndex(shown.page.treeModel()->index(1, 0, order));
    settle(shown.page);
    QVERIFY(shown.page.model()->rowCount() > 0);
    const QByteArray prefix = shown.page.treeModel()->prefix(tree->currentIndex());
    QCOMPARE(prefix, QByteArray("order:10:"));
    for (int row = 0; row < shown.page.model()->rowCount(); ++row)
        QVERIFY(shown.page.model()->entry(row).key.startsWith(prefix));
    QCOMPARE(shown.page.countText(), QStringLiteral("161 keys"));
}

void KeysPageTest::valueIsReadOnRequestOnly()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.view()->setCurrentIndex(shown.page.model()->index(3, 0));
    QCoreApplication::processEvents();
    QVERIFY(!shown.page.valueView()->hasValue());
    QTest::keyClick(shown.page.view(), Qt::Key_Return);
    QTRY_VERIFY(shown.page.valueView()->hasValue());
    QVERIFY(shown.page.valueView()->text().contains(QStringLiteral("\"currency\": \"EUR\"")));
    shown.page.valueView()->setFormat(ValueFormat::Hex);
    QVERIFY(shown.page.valueView()->text().startsWith(QStringLiteral("00000000  7b 22")));
}

void KeysPageTest::aLateValueIsNotShownForAnotherKey()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.view()->setCurrentIndex(shown.page.model()->index(0, 0));
    session.hold();
    QTest::keyClick(shown.page.view(), Qt::Key_Return);
    shown.page.view()->setCurrentIndex(shown.page.model()->index(1, 0));
    session.release();
    QCoreApplication::processEvents();
    QCoreApplication::processEvents();
    QVERIFY(!shown.page.valueView()->hasValue());
}

void KeysPageTest::whatIsKnownOfAKeyAgesBesideItsValue()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.view()->setCurrentIndex(shown.page.model()->index(0, 0));
    auto *const value = shown.page.findChild<ValueView *>();
    QVERIFY(value);
    Q_EMIT shown.page.view()->activated(shown.page.model()->index(0, 0));
    QTRY_VERIFY(value->hasValue());
    const auto details = [value] {
        for (const TextLabel *label : value->findChildren<TextLabel *>()) {
            if (label->text().contains(QStringLiteral("stored ")))
                return label->text();
        }
        return QString();
    };
    const QString before = details();
    QVERIFY(!before.isEmpty());
    session.advance(7200);
    shown.page.setSnapshot(session.snapshot());
    QVERIFY2(details() != before && details().contains(QStringLiteral("2\u2009h ago")), qPrintable(details()));
    QVERIFY(value->hasValue());
}

void KeysPageTest::aFailureOffersToTryAgain()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    shown.page.model()->reload();
    settle(shown.page);
    QVERIFY(shown.page.model()->error());
    QAbstractButton *const again = buttonThatSays(shown.page, QStringLiteral("Try again"));
    QVERIFY(again);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(shown.page.model()->rowCount(), 500);
}

void KeysPageTest::aFailureBehindListedKeysOffersToGoOn()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    session.failNextPage({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    shown.page.view()->scrollToBottom();
    QTRY_VERIFY(shown.page.model()->error());
    QCOMPARE(shown.page.model()->rowCount(), 500);
    QVERIFY(shown.page.view()->isVisible());
    QCOMPARE(shown.page.countText(), QStringLiteral("first 500 keys, the next cannot be read: The store is locked."));
    QAbstractButton *const again = buttonThatSays(shown.page, QStringLiteral("Try again"));
    QVERIFY(again);
    QCOMPARE(InfraTest::namelessWidgets(shown.page).join(QLatin1Char('\n')), QString());
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(shown.page.model()->rowCount(), 1000);
    QCOMPARE(shown.page.model()->entry(500).key, session.keys().at(500).key);
    QCOMPARE(shown.page.countText(), QStringLiteral("first 1,000 keys"));
    QVERIFY(!buttonThatSays(shown.page, QStringLiteral("Try again")));
}

void KeysPageTest::aSearchGoesOnWhereItFailed()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    shown.page.setFilter(KeysPage::FilterKind::Tag, QStringLiteral("tenant-1"));
    // Its first page has been asked for.
    session.failNextPage({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    QTRY_VERIFY(shown.page.model()->error());
    QCOMPARE(shown.page.countText(), QStringLiteral("161 found in 2,000 so far, the next cannot be read: The store is locked."));
    QAbstractButton *const again = buttonThatSays(shown.page, QStringLiteral("Try again"));
    QVERIFY(again);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_VERIFY(shown.page.model()->isComplete());
    QCOMPARE(shown.page.countText(), QStringLiteral("161 of 6,420"));
}

void KeysPageTest::theStoreTellsRegionsThatTelemetryForgot()
{
    InfraTest::FakeSession session;
    session.forgetTelemetry();
    session.setStoredRegions({"orders", "archive"});
    ViewContext view;
    KeysPage page(session, view);
    page.resize(1000, 700);
    page.setSnapshot(session.snapshot());
    page.show();
    QTRY_COMPARE(page.region(), QByteArray("archive"));
    settle(page);
    QCOMPARE(page.model()->rowCount(), 500);
    QVERIFY(page.view()->isVisible());
    QCOMPARE(InfraTest::regionsOffered(page), QStringList({QStringLiteral("archive"), QStringLiteral("orders")}));
}

void KeysPageTest::everyRegionIsOfferedOnce()
{
    InfraTest::FakeSession session;
    session.setStoredRegions({"reports", "archive", "orders"});
    Shown shown(session);
    QTRY_COMPARE(InfraTest::regionsOffered(shown.page).join(QLatin1Char(' ')),
                 QStringLiteral("archive correlations customers orders permissions prices reports sessions weather"));
    QCOMPARE(shown.page.region(), QByteArray("orders"));
}

void KeysPageTest::theShownRegionStaysUntilTheStoreHasNoSuchRegion()
{
    InfraTest::FakeSession session;
    // Asked before a service opened the region that is shown.
    session.setStoredRegions({"prices"});
    Shown shown(session);
    const int pages = session.pagesRead();
    session.forgetTelemetry();
    shown.page.setSnapshot(session.snapshot());
    QCOMPARE(shown.page.region(), QByteArray("orders"));
    QVERIFY(shown.page.view()->isVisible());
    QVERIFY(InfraTest::regionsOffered(shown.page).contains(QStringLiteral("orders")));
    QCOMPARE(session.pagesRead(), pages);

    QAction *reload = nullptr;
    for (QAction *action : shown.page.pageActions()) {
        if (action->text() == QLatin1String("Read the keys again"))
            reload = action;
    }
    QVERIFY(reload);
    session.setStoredRegions({"archive", "orders", "prices"});
    reload->trigger();
    QTRY_VERIFY(InfraTest::regionsOffered(shown.page).contains(QStringLiteral("archive")));
    QCOMPARE(shown.page.region(), QByteArray("orders"));
    session.setStoredRegions({"prices"});
    reload->trigger();
    QTRY_COMPARE(shown.page.region(), QByteArray("prices"));
    QCOMPARE(InfraTest::regionsOffered(shown.page), QStringList{QStringLiteral("prices")});
}

void KeysPageTest::aRegionIsShownAsSoonAsTheStoreNamesIt()
{
    InfraTest::FakeSession session;
    session.forgetTelemetry();
    session.setStoredRegions({"archive", "orders"});
    session.hold();
    ViewContext view;
    KeysPage page(session, view);
    page.resize(1000, 700);
    page.setSnapshot(session.snapshot());
    page.show();
    page.showSubject(QStringLiteral("orders"));
    QVERIFY(page.region().isEmpty());
    QVERIFY(!page.isReadyForCapture());
    session.release();
    QTRY_COMPARE(page.region(), QByteArray("orders"));
}

void KeysPageTest::aLinkIsForgottenOnceTheOperatorChooses()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    auto *const regions = shown.page.findChild<QComboBox *>();
    QCOMPARE(regions->accessibleName(), QStringLiteral("Region"));
    const auto publish = [&](const QByteArray &region) {
        CacheRow row = session.draft().caches.front();
        row.region = region;
        session.draft().caches.push_back(row);
        session.publish();
        shown.page.setSnapshot(session.snapshot());
    };
    shown.page.showSubject(QStringLiteral("late"));
    regions->setFocus();
    QTest::keyClicks(regions, QStringLiteral("weather"));
    QCOMPARE(shown.page.region(), QByteArray("weather"));
    publish("late");
    QCOMPARE(shown.page.region(), QByteArray("weather"));
    shown.page.showSubject(QStringLiteral("later"));
    QTest::keyClicks(shown.page.filterField(), QStringLiteral("order:7"));
    publish("later");
    QCOMPARE(shown.page.region(), QByteArray("weather"));
    // Who chose nothing is still taken there.
    shown.page.showSubject(QStringLiteral("latest"));
    publish("latest");
    QCOMPARE(shown.page.region(), QByteArray("latest"));
}

void KeysPageTest::regionsThatCannotBeReadOfferToTryAgain()
{
    InfraTest::FakeSession session;
    session.forgetTelemetry();
    session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    ViewContext view;
    KeysPage page(session, view);
    page.resize(1000, 700);
    page.setSnapshot(session.snapshot());
    page.show();
    QTRY_VERIFY(buttonThatSays(page, QStringLiteral("Try again")));
    QAbstractButton *const again = buttonThatSays(page, QStringLiteral("Try again"));
    const auto *const empty = qobject_cast<EmptyState *>(again->parentWidget());
    QVERIFY(empty);
    QCOMPARE(empty->cause(), QStringLiteral("The regions cannot be read"));
    QCOMPARE(empty->accessibleDescription(), QStringLiteral("The store is locked."));
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(page.region(), QByteArray("correlations"));
    QVERIFY(!empty->isVisible());
}

void KeysPageTest::invalidationStartsFromSelectionAndBranch()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    QSignalSpy requested(&shown.page, &Page::invalidationRequested);
    QAction *keys = nullptr, *branch = nullptr;
    for (QAction *action : shown.page.pageActions()) {
        if (action->text().startsWith(QLatin1String("Invalidate selected")))
            keys = action;
        if (action->text().startsWith(QLatin1String("Invalidate region")))
            branch = action;
    }
    QVERIFY(keys && branch);
    QVERIFY(!keys->isEnabled());
    shown.page.view()->selectRow(2);
    QVERIFY(keys->isEnabled());
    keys->trigger();
    QCOMPARE(targetOf(requested.takeFirst()), Target::key(shown.page.model()->entry(2).key));
    shown.page.view()->selectAll();
    keys->trigger();
    QCOMPARE(targetOf(requested.takeFirst()).keyList().size(), 500);
    branch->trigger();
    QCOMPARE(requested.first().at(0).toByteArray(), QByteArray("orders"));
    QCOMPARE(targetOf(requested.takeFirst()), Target::region());
}

void KeysPageTest::aKeyThatIsNoTextIsShownEscapedAndInvalidatedByItsBytes()
{
    class BytesSession : public InfraTest::FakeSession
    {
    public:
        [[nodiscard]] QFuture<Infra::Result<EntryPage>> entries(const QByteArray &, const QByteArray &, const QByteArray &, int) override
        {
            Infra::EntryInfo entry;
            entry.key = Key;
            entry.tags = {"tag-\xfe", "plain"};
            EntryPage page;
            page.entries = {entry};
            return QtFuture::makeReadyFuture(Infra::Result<EntryPage>(page));
        }
        const QByteArray Key = "blob\xff:7";
    };
    BytesSession session;
    Shown shown(session);
    KeyTableModel &model = *shown.page.model();
    QTRY_COMPARE(model.rowCount(), 1);
    const QString escaped = QStringLiteral("blob\\xff:7");
    const auto text = [&model](int column, int role = Qt::DisplayRole) { return model.index(0, column).data(role).toString(); };
    QCOMPARE(text(KeyTableModel::Key), escaped);
    QCOMPARE(text(KeyTableModel::Key, Qt::ToolTipRole), escaped);
    QCOMPARE(text(KeyTableModel::Tags), QStringLiteral("tag-\\xfe, plain"));
    const PrefixTreeModel &tree = *shown.page.treeModel();
    QTRY_COMPARE(tree.rowCount(tree.index(0, 0)), 1);
    QCOMPARE(tree.index(0, 0, tree.index(0, 0)).data().toString(), QStringLiteral("blob\\xff:"));
    QSignalSpy requested(&shown.page, &Page::invalidationRequested);
    shown.page.view()->selectRow(0);
    for (QAction *action : shown.page.pageActions()) {
        if (action->text().startsWith(QLatin1String("Invalidate key")))
            action->trigger();
    }
    QCOMPARE(requested.count(), 1);
    QCOMPARE(targetOf(requested.first()), Target::key(session.Key));
}

void KeysPageTest::cellsSpeakTheirColumnAndValue()
{
    InfraTest::FakeSession session;
    KeyTableModel model(session);
    model.setSource("orders", {});
    QTRY_VERIFY(model.rowCount() > 0);
    for (int column = 0; column < KeyTableModel::ColumnCount; ++column) {
        const QString title = model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const QModelIndex cell = model.index(0, column);
        QCOMPARE(cell.data(Qt::AccessibleTextRole).toString(), QString(title + QStringLiteral(": ") + cell.data().toString()));
    }
}

void KeysPageTest::everythingHasAName()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    QCOMPARE(InfraTest::namelessWidgets(shown.page).join(QLatin1Char('\n')), QString());
}

int main(int argc, char **argv)
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication application(argc, argv);
    KeysPageTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_keyspage.moc"
