// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "pages/invalidationdialog.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>

using namespace InfraConsole;
using Infra::Target;

class InvalidationDialogTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void previewIsExactAndTheButtonCarriesTheCount();
    void cancelHasTheFocusAndChangesNothing();
    void invalidatingReportsCoherentInstances();
    void hundredsOfCoherentInstancesFitTheScreen_data();
    void hundredsOfCoherentInstancesFitTheScreen();
    void coherentAreLiveInstancesOfTheRegion();
    void nothingToInvalidateDisablesTheButton();
    void everythingAsksForTheName();
    void whatIsAsMuchAsEverythingAsksForTheNameToo_data();
    void whatIsAsMuchAsEverythingAsksForTheNameToo();
    void productionAlwaysAsksForTheName();
    void aReadOnlyStoreCannotBeChanged();
    void typingCountsAgainAndCancelsTheOldCount();
    void bytesThatAreNoTextAreAddressedAsTheyAre_data();
    void bytesThatAreNoTextAreAddressedAsTheyAre();
    void anOldCountIsNeverShown();
    void aFailureSaysSoAndCanBeRetried();
    void aCountThatFailedIsTakenAgain();
    void theStoreTellsRegionsThatTelemetryForgot();
    void regionsThatCannotBeReadAreAskedForAgain();
    void closingDuringTheWorkStopsIt();
    void aDialogThatDiesDuringTheWorkIsHarmless();
    void everythingHasANameAndIsReachedByTab();
};

void InvalidationDialogTest::previewIsExactAndTheButtonCarriesTheCount()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::prefix("order:7:"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto expected = std::count_if(session.keys().begin(), session.keys().end(),
                                        [](const Infra::EntryInfo &entry) { return entry.key.startsWith("order:7:"); });
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Invalidate %1 entries").arg(expected));
    QVERIFY(dialog.invalidateButton()->isEnabled());
    QVERIFY(dialog.findChild<QPlainTextEdit *>()->toPlainText().startsWith(QStringLiteral("order:7:")));
    QVERIFY(!dialog.isCounting());
}

void InvalidationDialogTest::cancelHasTheFocusAndChangesNothing()
{
    InfraTest::FakeSession session;
    QPointer<InvalidationDialog> dialog = new InvalidationDialog(session, "orders", Target::region());
    dialog->open();
    QTRY_VERIFY(dialog->invalidateButton()->isEnabled());
    QTRY_COMPARE(QApplication::focusWidget(), static_cast<QWidget *>(dialog->cancelButton()));
    QVERIFY(dialog->cancelButton()->isDefault());
    QVERIFY(!dialog->invalidateButton()->isDefault());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_VERIFY(!dialog);
    QVERIFY(session.invalidated().isEmpty());
}

void InvalidationDialogTest::invalidatingReportsCoherentInstances()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::tag("invoice"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    QSignalSpy done(&dialog, &InvalidationDialog::invalidated);
    dialog.show();
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    QTest::mouseClick(dialog.invalidateButton(), Qt::LeftButton);
    QTRY_COMPARE(done.count(), 1);
    QCOMPARE(session.invalidated(), QList<Target>{Target::tag("invoice")});
    QVERIFY2(dialog.resultText().contains(QStringLiteral("2,140 entries")), qPrintable(dialog.resultText()));
    QVERIFY(dialog.resultText().contains(QStringLiteral("data-api (pid 4100)")));
    QVERIFY(!dialog.invalidateButton()->isVisible());
    QCOMPARE(dialog.cancelButton()->text(), QStringLiteral("Close"));
}

void InvalidationDialogTest::hundredsOfCoherentInstancesFitTheScreen_data()
{
    QTest::addColumn<int>("services");
    QTest::addColumn<QString>("named");
    QTest::newRow("three services") << 3 << QStringLiteral("service-1 (100)");
    QTest::newRow("as many services") << 300 << QStringLiteral("service-1 (pid 1)");
}

void InvalidationDialogTest::hundredsOfCoherentInstancesFitTheScreen()
{
    QFETCH(int, services);
    QFETCH(QString, named);
    InfraTest::FakeSession session;
    InstancesByService coherent;
    std::vector<CacheRow> &caches = session.draft().caches;
    for (int i = 0; i < 300; ++i) {
        CacheRow row;
        row.region = "orders";
        row.instanceId = QByteArray::number(i);
        row.service = QStringLiteral("service-%1").arg(i % services);
        coherent[row.service] << QStringLiteral("%1 (pid %2)").arg(row.service).arg(i);
        caches.push_back(row);
    }
    session.publish();
    session.setCoherentInstances(coherent);
    InvalidationDialog dialog(session, "orders", Target::tag("invoice"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    QSignalSpy done(&dialog, &InvalidationDialog::invalidated);
    dialog.show();
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    const int most = dialog.screen()->availableGeometry().height();
    QVERIFY2(dialog.height() <= most, qPrintable(QString::number(dialog.height())));
    QTest::mouseClick(dialog.invalidateButton(), Qt::LeftButton);
    QTRY_COMPARE(done.count(), 1);
    QCoreApplication::processEvents();
    QVERIFY2(dialog.resultText().size() < 300, qPrintable(dialog.resultText()));
    QVERIFY2(dialog.resultText().contains(named), qPrintable(dialog.resultText()));
    QVERIFY2(dialog.height() <= most, qPrintable(QString::number(dialog.height())));
    // Every one of them can be read.
    auto *const list = dialog.findChild<QPlainTextEdit *>(QStringLiteral("coherentInstances"));
    QVERIFY(list && list->isVisible());
    QCOMPARE(list->toPlainText().split(QLatin1Char('\n')).size(), 300);
    QCOMPARE(InfraTest::namelessWidgets(dialog).join(QLatin1Char('\n')), QString());
}

void InvalidationDialogTest::coherentAreLiveInstancesOfTheRegion()
{
    Snapshot snapshot;
    const auto add = [&snapshot](const QByteArray &id, const QString &host, std::int64_t processId, const QByteArray &region, bool stale) {
        InstanceRow instance;
        instance.id = id;
        instance.service = QStringLiteral("data-api");
        instance.host = host;
        instance.processId = processId;
        instance.stale = stale;
        snapshot.instances.push_back(instance);
        CacheRow row;
        row.region = region;
        row.instanceId = id;
        row.stale = stale;
        snapshot.caches.push_back(row);
    };
    const QString edge = QStringLiteral("edge-1");
    add("one", edge, 1, "orders", false);
    add("two", edge, 2, "orders", false);
    add("three", edge, 3, "orders", true);
    add("four", edge, 4, "prices", false);
    const auto names = [&snapshot](const QByteArray &region) {
        return coherentInstances(snapshot, region)[QStringLiteral("data-api")];
    };
    QCOMPARE(names("orders"), QStringList({QStringLiteral("data-api (pid 1)"), QStringLiteral("data-api (pid 2)")}));
    QCOMPARE(names({}).size(), 3);
    // The same process id on another machine.
    add("five", QStringLiteral("edge-2"), 1, "orders", false);
    QCOMPARE(names("orders"), QStringList({QStringLiteral("data-api (edge-1, pid 1)"), QStringLiteral("data-api (edge-1, pid 2)"),
                                           QStringLiteral("data-api (edge-2, pid 1)")}));
}

void InvalidationDialogTest::nothingToInvalidateDisablesTheButton()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::key("no such key"));
    dialog.show();
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Nothing to invalidate"));
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
}

void InvalidationDialogTest::everythingAsksForTheName()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, {}, Target::everything());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Invalidate 6,420 entries"));
    QVERIFY(dialog.confirmationField()->isVisible());
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    QTest::keyClicks(dialog.confirmationField(), QStringLiteral("cache.d"));
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    QTest::keyClicks(dialog.confirmationField(), QStringLiteral("b"));
    QVERIFY(dialog.invalidateButton()->isEnabled());
}

void InvalidationDialogTest::whatIsAsMuchAsEverythingAsksForTheNameToo_data()
{
    QTest::addColumn<QByteArray>("region");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("asks");
    const QString pattern = QStringLiteral("Keys that match a pattern");
    const QString prefix = QStringLiteral("Keys that begin with a prefix");
    QTest::newRow("stars in all regions") << QByteArray() << pattern << QStringLiteral("*") << true;
    QTest::newRow("pattern in all regions") << QByteArray() << pattern << QStringLiteral("order:*") << true;
    QTest::newRow("prefix in all regions") << QByteArray() << prefix << QStringLiteral("order:") << true;
    QTest::newRow("whole of all regions") << QByteArray() << QStringLiteral("The whole region") << QString() << true;
    QTest::newRow("expired in all regions") << QByteArray() << QStringLiteral("Expired entries") << QString() << false;
    QTest::newRow("stars in a region") << QByteArray("orders") << pattern << QStringLiteral("**") << true;
    QTest::newRow("any byte and a star") << QByteArray("orders") << pattern << QStringLiteral("?*") << true;
    QTest::newRow("pattern in a region") << QByteArray("orders") << pattern << QStringLiteral("order:*") << false;
}

void InvalidationDialogTest::whatIsAsMuchAsEverythingAsksForTheNameToo()
{
    QFETCH(QByteArray, region);
    QFETCH(QString, kind);
    QFETCH(QString, text);
    QFETCH(bool, asks);
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, region, Target::key("order:1"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    dialog.findChild<QComboBox *>(QStringLiteral("targetKind"))->setCurrentText(kind);
    dialog.findChild<QLineEdit *>(QStringLiteral("targetText"))->setText(text);
    QTRY_VERIFY2(dialog.invalidateButton()->text().contains(QStringLiteral("entries")), qPrintable(dialog.invalidateButton()->text()));
    QCOMPARE(dialog.confirmationField()->isVisible(), asks);
    QCOMPARE(dialog.invalidateButton()->isEnabled(), !asks);
    dialog.confirmationField()->setText(session.sourceName());
    QVERIFY(dialog.invalidateButton()->isEnabled());
}

void InvalidationDialogTest::productionAlwaysAsksForTheName()
{
    InfraTest::FakeSession session;
    session.setProduction(true);
    InvalidationDialog dialog(session, "orders", Target::expired());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_VERIFY(dialog.invalidateButton()->text().contains(QStringLiteral("entries")));
    QVERIFY(dialog.confirmationField()->isVisible());
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    dialog.confirmationField()->setText(session.sourceName());
    QVERIFY(dialog.invalidateButton()->isEnabled());
}

void InvalidationDialogTest::aReadOnlyStoreCannotBeChanged()
{
    InfraTest::FakeSession session;
    session.setReadOnly(true);
    InvalidationDialog dialog(session, "orders", Target::region());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Invalidate 6,420 entries"));
    QVERIFY(!dialog.invalidateButton()->isEnabled());
}

void InvalidationDialogTest::typingCountsAgainAndCancelsTheOldCount()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::prefix("order:1"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    auto *const field = dialog.findChild<QLineEdit *>(QStringLiteral("targetText"));
    QVERIFY(field);
    field->setFocus();
    QTest::keyClicks(field, QStringLiteral("2:"));
    QVERIFY(session.wasCancelled());
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Invalidate 161 entries"));
    field->clear();
    QVERIFY(!dialog.target());
    QVERIFY(!dialog.invalidateButton()->isEnabled());
}

void InvalidationDialogTest::bytesThatAreNoTextAreAddressedAsTheyAre_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("bytes");
    const auto add = [](const char *name, Target::Kind kind, const QByteArray &bytes) { QTest::newRow(name) << static_cast<int>(kind) << bytes; };
    add("key", Target::Kind::Key, "\xff\x01");
    add("prefix", Target::Kind::Prefix, "order:\xc3");
    add("tag", Target::Kind::Tag, "\xed\xa0\x80");
    add("byte order mark", Target::Kind::Key, "\xef\xbb\xbforder");
    add("longer than a field", Target::Kind::Key, QByteArray(40'000, 'k'));
}

void InvalidationDialogTest::bytesThatAreNoTextAreAddressedAsTheyAre()
{
    QFETCH(int, kind);
    QFETCH(QByteArray, bytes);
    const auto wantedKind = static_cast<Target::Kind>(kind);
    const Target wanted = wantedKind == Target::Kind::Key      ? Target::key(bytes)
                          : wantedKind == Target::Kind::Prefix ? Target::prefix(bytes)
                                                               : Target::tag(bytes);
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", wanted);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(dialog.target() == wanted);
    auto *const field = dialog.findChild<QLineEdit *>(QStringLiteral("targetText"));
    auto *const kinds = dialog.findChild<QComboBox *>(QStringLiteral("targetKind"));
    QVERIFY(field && kinds);
    QVERIFY(!field->text().contains(QChar::ReplacementCharacter));
    if (!field->isReadOnly())
        return;
    // Another kind is typed, and what was given comes back with its own.
    const int given = kinds->currentIndex();
    kinds->setCurrentText(QStringLiteral("Keys that match a pattern"));
    QVERIFY(!dialog.target());
    QTest::keyClicks(field, QStringLiteral("order:*"));
    QVERIFY(dialog.target() == Target::glob("order:*"));
    kinds->setCurrentIndex(given);
    QVERIFY(dialog.target() == wanted);
}

void InvalidationDialogTest::anOldCountIsNeverShown()
{
    InfraTest::FakeSession session;
    session.hold();
    InvalidationDialog dialog(session, "orders", Target::region());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    dialog.findChild<QComboBox *>(QStringLiteral("targetKind"))->setCurrentText(QStringLiteral("Expired entries"));
    session.release();
    QCoreApplication::processEvents();
    // The count of the region arrived after the choice had changed.
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    QVERIFY(dialog.invalidateButton()->text() != QStringLiteral("Invalidate 6,420 entries"));
}

void InvalidationDialogTest::aFailureSaysSoAndCanBeRetried()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::prefix("order:7:"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked by another process."), {}});
    QTest::mouseClick(dialog.invalidateButton(), Qt::LeftButton);
    QTRY_VERIFY(dialog.resultText().contains(QStringLiteral("The store is locked by another process.")));
    QVERIFY(session.invalidated().isEmpty());
    QVERIFY(dialog.invalidateButton()->isEnabled());
    QTest::mouseClick(dialog.invalidateButton(), Qt::LeftButton);
    QTRY_COMPARE(session.invalidated().size(), 1);
}

void InvalidationDialogTest::aCountThatFailedIsTakenAgain()
{
    InfraTest::FakeSession session;
    session.failNext({Infra::Error::Kind::Timeout, QStringLiteral("The store did not answer in time."), {}});
    InvalidationDialog dialog(session, "orders", Target::prefix("order:7:"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto offered = [&dialog]() -> QPushButton * {
        for (QPushButton *button : dialog.findChildren<QPushButton *>()) {
            if (button->isVisible() && button->text() == QLatin1String("Count again"))
                return button;
        }
        return nullptr;
    };
    QTRY_VERIFY(offered());
    QVERIFY(!dialog.invalidateButton()->isEnabled());
    QVERIFY(dialog.cancelButton()->isDefault());
    QTest::mouseClick(offered(), Qt::LeftButton);
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    QVERIFY(!offered());
}

void InvalidationDialogTest::theStoreTellsRegionsThatTelemetryForgot()
{
    InfraTest::FakeSession session;
    session.forgetTelemetry();
    session.setStoredRegions({"archive", "orders", "prices"});
    InvalidationDialog dialog(session, "orders", Target::region());
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QTRY_COMPARE(InfraTest::regionsOffered(dialog).join(QLatin1Char(',')), QStringLiteral("All regions,archive,orders,prices"));
    // The choice has another place in the list now; what was counted for it still counts.
    QCOMPARE(dialog.region(), QByteArray("orders"));
    QVERIFY(!session.wasCancelled());
    QTRY_COMPARE(dialog.invalidateButton()->text(), QStringLiteral("Invalidate 6,420 entries"));
}

void InvalidationDialogTest::regionsThatCannotBeReadAreAskedForAgain()
{
    InfraTest::FakeSession session;
    session.forgetTelemetry();
    session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}});
    // Nothing to count yet, so the regions are the first that is asked for.
    InvalidationDialog dialog(session, {}, Target::prefix({}));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QCoreApplication::processEvents();
    QCOMPARE(InfraTest::regionsOffered(dialog), QStringList{QStringLiteral("All regions")});
    QTest::keyClicks(dialog.findChild<QLineEdit *>(QStringLiteral("targetText")), QStringLiteral("order:7:"));
    QTRY_COMPARE(InfraTest::regionsOffered(dialog).size(), 9);
    QTRY_VERIFY(dialog.invalidateButton()->text().contains(QStringLiteral("entries")));
}

void InvalidationDialogTest::closingDuringTheWorkStopsIt()
{
    InfraTest::FakeSession session;
    QPointer<InvalidationDialog> dialog = new InvalidationDialog(session, "orders", Target::prefix("order:7:"));
    dialog->open();
    QTRY_VERIFY(dialog->invalidateButton()->isEnabled());
    session.hold();
    QTest::mouseClick(dialog->invalidateButton(), Qt::LeftButton);
    QVERIFY(!dialog->invalidateButton()->isEnabled());
    QCOMPARE(dialog->cancelButton()->text(), QStringLiteral("Stop"));
    session.watch()->removed = 12;
    QTRY_VERIFY2(dialog->resultText().contains(QStringLiteral("12 of ")), qPrintable(dialog->resultText()));
    QVERIFY(!session.watch()->cancelled);
    dialog->close();
    QVERIFY(session.watch()->cancelled);
    QVERIFY(dialog && dialog->isVisible());
    session.release();
    QTRY_COMPARE(dialog->cancelButton()->text(), QStringLiteral("Close"));
    dialog->close();
    QTRY_VERIFY(!dialog);
}

void InvalidationDialogTest::aDialogThatDiesDuringTheWorkIsHarmless()
{
    InfraTest::FakeSession session;
    auto *const dialog = new InvalidationDialog(session, "orders", Target::prefix("order:7:"));
    dialog->open();
    QTRY_VERIFY(dialog->invalidateButton()->isEnabled());
    session.hold();
    QTest::mouseClick(dialog->invalidateButton(), Qt::LeftButton);
    delete dialog;
    session.release();
    QCoreApplication::processEvents();
}

void InvalidationDialogTest::everythingHasANameAndIsReachedByTab()
{
    InfraTest::FakeSession session;
    InvalidationDialog dialog(session, "orders", Target::prefix("order:7:"));
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QTRY_VERIFY(dialog.invalidateButton()->isEnabled());
    QCOMPARE(InfraTest::namelessWidgets(dialog).join(QLatin1Char('\n')), QString());
    const QList<QWidget *> visited = InfraTest::tabOrder(dialog);
    QVERIFY(visited.contains(dialog.invalidateButton()));
    QVERIFY(visited.contains(dialog.cancelButton()));
    QVERIFY(visited.contains(dialog.findChild<QLineEdit *>(QStringLiteral("targetText"))));
    QVERIFY(visited.contains(dialog.findChild<QComboBox *>(QStringLiteral("targetKind"))));
}

int main(int argc, char **argv)
{
    // Counts in button texts have separators.
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication application(argc, argv);
    InvalidationDialogTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_invalidationdialog.moc"
