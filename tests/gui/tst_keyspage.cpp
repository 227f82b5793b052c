// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "models/prefixtreemodel.h"
#include "pages/keyspage.h"
#include "widgets/valueview.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
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
    void aTagIsSearchedThroughAllPages();
    void aPatternReadsOnlyWhatItsBeginningAllows();
    void theBranchNarrowsTheTable();
    void valueIsReadOnRequestOnly();
    void aLateValueIsNotShownForAnotherKey();
    void aFailureOffersToTryAgain();
    void invalidationStartsFromSelectionAndBranch();
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

void KeysPageTest::aFailureOffersToTryAgain()
{
    InfraTest::FakeSession session;
    Shown shown(session);
    session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    shown.page.model()->reload();
    settle(shown.page);
    QVERIFY(shown.page.model()->error());
    QAbstractButton *again = nullptr;
    for (QAbstractButton *button : shown.page.findChildren<QAbstractButton *>()) {
        if (button->isVisible() && button->text() == QLatin1String("Try again"))
            again = button;
    }
    QVERIFY(again);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(shown.page.model()->rowCount(), 500);
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
