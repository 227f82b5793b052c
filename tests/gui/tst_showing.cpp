// SPDX-License-Identifier: MIT
// What numbers, times, values and colours look like.
#include "fakesession.h"
#include "guitest.h"
#include "models/keypattern.h"
#include "models/loadprediction.h"
#include "models/prefixtreemodel.h"
#include "models/valuetext.h"
#include "pageheader.h"
#include "pages/attentionlist.h"
#include "pages/servicedetail.h"
#include "widgets/format.h"
#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/legend.h"
#include "widgets/plaintext.h"
#include "widgets/theme.h"
#include "widgets/verdictheading.h"

#include <QApplication>
#include <QHelpEvent>
#include <QLabel>
#include <QTextDocument>
#include <QToolTip>
#include <QTreeWidget>

using namespace InfraConsole;
using namespace std::chrono_literals;

namespace {
const QLocale English(QLocale::English, QLocale::UnitedStates);
const QLocale German(QLocale::German, QLocale::Germany);
const QString Markup = QStringLiteral("<img src='x'>");

// One key, which is written like a picture.
class MarkupSession : public InfraTest::FakeSession
{
public:
    [[nodiscard]] QFuture<Infra::Result<EntryPage>> entries(const QByteArray &, const QByteArray &, const QByteArray &, int) override
    {
        Infra::EntryInfo entry;
        entry.key = Markup.toUtf8().append(":7");
        EntryPage page;
        page.entries = {entry};
        return QtFuture::makeReadyFuture(Infra::Result<EntryPage>(page));
    }
};
} // namespace

class ShowingTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void numbersHaveThreeDigitsAndAPrefix_data();
    void numbersHaveThreeDigitsAndAPrefix();
    void roundingNeverReachesAFullHitRate();
    void germanSeparators();
    void exactValuesKeepAllDigits();
    void relativeTimes_data();
    void relativeTimes();
    void textAndStatusAreReadableInBothSchemes();
    void everyPageAndActionHasAnIcon();
    void globsMatchAsInSqlite_data();
    void globsMatchAsInSqlite();
    void segmentsEndAtDelimiters();
    void valuesAreShownAsWhatTheyAre();
    void keysThatAreNoTextAreEscaped();
    void predictionComparesLoadWithFreeConnections();
    void predictionCountsAKeyOnceHoweverManyProcessesHoldIt();
    void predictionIsUnknownWithoutMeasurements();
    void toolTipsShowEveryTextLetterByLetter_data();
    void toolTipsShowEveryTextLetterByLetter();
    void whatServicesAndStoresSayIsNoMarkup();
    void keysAreNoMarkup();
};

void ShowingTest::numbersHaveThreeDigitsAndAPrefix_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<int>("unit");
    QTest::addColumn<QString>("expected"); // A plain space stands for the thin one.
    const auto add = [](double value, Unit unit, const char *expected) {
        QTest::addRow("%s", expected) << value << static_cast<int>(unit) << QString::fromUtf8(expected);
    };
    add(12'431, Unit::CountPerSecond, "12.4 k/s");
    add(999.6, Unit::CountPerSecond, "1.00 k/s");
    add(0, Unit::CountPerSecond, "0 /s");
    add(0.0362, Unit::CountPerSecond, "0.036 /s");
    add(380e-6, Unit::Seconds, "380 µs");
    add(999.7e-6, Unit::Seconds, "1.00 ms");
    add(1.5e-9, Unit::Seconds, "1.50 ns");
    add(45, Unit::Seconds, "45.0 s");
    add(125, Unit::Seconds, "2 min 5 s");
    add(3600, Unit::Seconds, "1 h");
    add(90'000, Unit::Seconds, "1 d 1 h");
    add(1'288'490'188.8, Unit::Bytes, "1.20 GiB");
    add(1023, Unit::Bytes, "0.999 KiB");
    add(512, Unit::Bytes, "512 B");
    add(0.942, Unit::Ratio, "94.2 %");
    add(1, Unit::Ratio, "100 %");
    add(0, Unit::Ratio, "0 %");
    add(9999, Unit::Count, "9,999");
    add(12'400, Unit::Count, "12.4 k");
    add(1'284'000, Unit::Count, "1.28 M");
    add(Unknown, Unit::Count, "n/a");
    add(std::numeric_limits<double>::infinity(), Unit::Bytes, "n/a");
}

void ShowingTest::numbersHaveThreeDigitsAndAPrefix()
{
    QFETCH(double, value);
    QFETCH(int, unit);
    QFETCH(QString, expected);
    QCOMPARE(formatText(value, static_cast<Unit>(unit), English).replace(QChar(0x2009), QLatin1Char(' ')), expected);
}

void ShowingTest::roundingNeverReachesAFullHitRate()
{
    QCOMPARE(formatNumber(0.99999, Unit::Ratio, English).number, QStringLiteral("99.9"));
    QVERIFY(formatNumber(0.00001, Unit::Ratio, English).number.startsWith(QLatin1Char('<')));
}

void ShowingTest::germanSeparators()
{
    QCOMPARE(formatNumber(12'431, Unit::CountPerSecond, German).number, QStringLiteral("12,4"));
    QCOMPARE(formatNumber(9999, Unit::Count, German).number, QStringLiteral("9.999"));
}

void ShowingTest::exactValuesKeepAllDigits()
{
    QCOMPARE(formatExact(1'288'490'188, Unit::Bytes, English), QStringLiteral("1,288,490,188 bytes"));
    QCOMPARE(formatExact(Unknown, Unit::Bytes, English), QStringLiteral("n/a"));
}

void ShowingTest::relativeTimes_data()
{
    QTest::addColumn<int>("secondsAgo");
    QTest::addColumn<QString>("expected");
    const auto add = [](int ago, const char *text) { QTest::addRow("%s", text) << ago << QString::fromLatin1(text); };
    add(0, "just now");
    add(12, "12 s ago");
    add(200, "3 min ago");
    add(8000, "2 h ago");
    add(300'000, "3 d ago");
    add(-200, "in 3 min");
}

void ShowingTest::relativeTimes()
{
    QFETCH(int, secondsAgo);
    QFETCH(QString, expected);
    const QDateTime now = QDateTime::fromMSecsSinceEpoch(1'790'000'000'000);
    QCOMPARE(formatRelative(now.addSecs(-secondsAgo), now, English).replace(QChar(0x2009), QLatin1Char(' ')), expected);
}

void ShowingTest::textAndStatusAreReadableInBothSchemes()
{
    for (const QPalette &palette : {Theme::lightPalette(), Theme::darkPalette()}) {
        const Theme theme(palette);
        QList<QColor> inks{theme.text(), theme.secondaryText()};
        for (const Verdict verdict : {Verdict::Up, Verdict::Degraded, Verdict::Down, Verdict::Unreachable, Verdict::Paused, Verdict::NeverChecked})
            inks << theme.status(verdict);
        for (const QColor &ink : inks) {
            for (const QColor &surface : {theme.window(), theme.card(), theme.selection()})
                QVERIFY2(Theme::contrast(ink, surface) >= 4.5, qPrintable(ink.name() + QStringLiteral(" on ") + surface.name()));
        }
        // Chart labels stand on cards.
        for (int i = 0; i < 5; ++i)
            QVERIFY2(Theme::contrast(theme.series(i), theme.card()) >= 4.5, qPrintable(theme.series(i).name()));
        QVERIFY(Theme::contrast(theme.onDanger(), theme.danger()) >= 4.5);
    }
    QVERIFY(Theme(Theme::darkPalette()).isDark());
    QVERIFY(!Theme(Theme::lightPalette()).isDark());
}

void ShowingTest::everyPageAndActionHasAnIcon()
{
    for (const char *name : {"overview", "caches", "keys", "pools", "services", "events", "refresh", "pause", "play", "search", "export",
                             "invalidate", "settings", "copy"}) {
        const QImage light = icon(QString::fromLatin1(name)).pixmap(32, 32).toImage();
        int painted = 0;
        for (int y = 0; y < light.height(); ++y) {
            for (int x = 0; x < light.width(); ++x)
                painted += qAlpha(light.pixel(x, y)) > 128;
        }
        QVERIFY2(painted > 20, name);
    }
    QVERIFY(!applicationIcon().isNull());
}

void ShowingTest::globsMatchAsInSqlite_data()
{
    QTest::addColumn<QByteArray>("pattern");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<bool>("expected");
    const auto add = [](const char *pattern, const char *key, bool expected) {
        QTest::addRow("%s ~ %s", pattern, key) << QByteArray(pattern) << QByteArray(key) << expected;
    };
    add("order:*", "order:7", true);
    add("order:*", "orders", false);
    add("*:7:*", "order:7:9", true);
    add("*a*b*c", "xxaxxbxxc", true);
    add("*a*b*c", "xxaxxcxxb", false);
    add("user:?", "user:7", true);
    add("user:?", "user:", false);
    add("[a-c]x", "bx", true);
    add("[^a-c]x", "bx", false);
    add("[]]", "]", true);
    add("[a-", "a", false);
    add("", "", true);
    add("*", "", true);
}

void ShowingTest::globsMatchAsInSqlite()
{
    QFETCH(QByteArray, pattern);
    QFETCH(QByteArray, key);
    QFETCH(bool, expected);
    QCOMPARE(globMatches(pattern, key), expected);
}

void ShowingTest::segmentsEndAtDelimiters()
{
    QCOMPARE(nextSegment("order:7:9", {}), QByteArray("order:"));
    QCOMPARE(nextSegment("order:7:9", "order:"), QByteArray("7:"));
    QCOMPARE(nextSegment("order:7:9", "order:7:"), QByteArray());
    QCOMPARE(nextSegment("a/b", {}), QByteArray("a/"));
    QCOMPARE(literalPrefix("order:7*x"), QByteArray("order:7"));
}

void ShowingTest::valuesAreShownAsWhatTheyAre()
{
    QVERIFY(likelyFormat("{\"a\": 1}") == ValueFormat::Json);
    QVERIFY(likelyFormat("plain") == ValueFormat::Text);
    QVERIFY(likelyFormat(QByteArray("\x00\xff\x01", 3)) == ValueFormat::Hex);
    QVERIFY(valueText("{\"a\":1}", ValueFormat::Json).contains(QStringLiteral("\"a\": 1")));
    QVERIFY(valueText("oops", ValueFormat::Json).contains(QStringLiteral("oops")));
    QCOMPARE(hexDump("AB\n").trimmed().section(QLatin1Char(' '), 0, 0), QStringLiteral("00000000"));
    QVERIFY(hexDump("AB\n").contains(QStringLiteral("41 42 0a")));
    const QString large = valueText(QByteArray(300 * 1024, 'x'), ValueFormat::Text);
    QVERIFY(large.size() < 300 * 1024);
    QVERIFY(large.contains(QStringLiteral("44.0")));
}

void ShowingTest::keysThatAreNoTextAreEscaped()
{
    QCOMPARE(keyText("order:\xc3\xa4\\x"), QStringLiteral("order:ä\\x"));
    QCOMPARE(keyText("order:\xff\x01\\x"), QStringLiteral("order:\\xff\\x01\\\\x"));
    // What begins with a byte order mark loses it as text.
    QCOMPARE(keyText("\xef\xbb\xbfkey"), QStringLiteral("\\xef\\xbb\\xbfkey"));
}

void ShowingTest::predictionComparesLoadWithFreeConnections()
{
    Snapshot snapshot;
    CacheRow merged;
    merged.region = "orders";
    merged.hitRatio = 0.9;
    merged.requestsPerSecond = 1000;
    merged.loadMean = 20ms;
    merged.entries = 10'000;
    CacheRow own = merged;
    own.instanceId = "one";
    own.service = QStringLiteral("data-api");
    snapshot.caches = {merged, own};
    PoolRow pool;
    pool.instanceId = "one";
    pool.limit = 15;
    pool.used = 5;
    snapshot.pools = {pool};

    // A tenth of the entries takes a tenth of 900 hits a second, 20 ms each: 1.8 connections of 10.
    const LoadPrediction tenth = predictLoad(snapshot, "orders", 1000, false);
    QVERIFY(tenth.isKnown);
    QCOMPARE(tenth.loadsPerSecond, 90.0);
    QCOMPARE(tenth.busyConnections, 1.8);
    QCOMPARE(tenth.freeConnections, 10.0);
    QVERIFY(!tenth.exceedsCapacity());

    const LoadPrediction whole = predictLoad(snapshot, "orders", 10'000, true);
    QCOMPARE(whole.busyConnections, 18.0);
    QVERIFY(whole.exceedsCapacity());
    QVERIFY(whole.sentence().contains(QStringLiteral("18")));

    // No more loads than entries, however often they are read.
    QCOMPARE(predictLoad(snapshot, "orders", 3, true).loadsPerSecond, 3.0);
    QCOMPARE(affectedInstances(snapshot, "orders"), QStringList{QStringLiteral("data-api")});
}

void ShowingTest::predictionCountsAKeyOnceHoweverManyProcessesHoldIt()
{
    CacheRow merged;
    merged.region = "orders";
    merged.hitRatio = 1.0;
    merged.requestsPerSecond = 100;
    merged.loadMean = 20ms;
    merged.entries = 2000;
    CacheRow own = merged;
    own.entries = 1000;
    own.instanceId = "one";
    CacheRow other = own;
    other.instanceId = "two";
    // What a process held that has ended says nothing of what is there now.
    CacheRow ended = own;
    ended.instanceId = "three";
    ended.entries = 50'000;
    ended.stale = true;
    Snapshot snapshot;
    snapshot.caches = {merged, own, other, ended};
    // Both may hold the same thousand keys: five hundred are half of them.
    QCOMPARE(predictLoad(snapshot, "orders", 500, false).loadsPerSecond, 50.0);
    QCOMPARE(predictLoad(snapshot, {}, 500, false).loadsPerSecond, 50.0);
    // The preview counted more than any process has in memory.
    QCOMPARE(predictLoad(snapshot, "orders", 1500, false).loadsPerSecond, 100.0);
}

void ShowingTest::predictionIsUnknownWithoutMeasurements()
{
    const LoadPrediction prediction = predictLoad(Snapshot(), "orders", 10, true);
    QVERIFY(!prediction.isKnown);
    QVERIFY(!prediction.sentence().isEmpty());
}

void ShowingTest::toolTipsShowEveryTextLetterByLetter_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isChanged");
    QTest::newRow("plain") << QStringLiteral("up since 12:00\nfor a < b && c > d") << false;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("tag") << QStringLiteral("it says <b>all is well</b>") << true;
    QTest::newRow("picture") << Markup << true;
    QTest::newRow("entity") << QStringLiteral("a &lt; b &amp; c") << true;
    QTest::newRow("white space") << QStringLiteral("<b>a</b>   b\nc") << true;
}

void ShowingTest::toolTipsShowEveryTextLetterByLetter()
{
    QFETCH(QString, text);
    QFETCH(bool, isChanged);
    const QString tip = plainToolTip(text);
    QCOMPARE(tip != text, isChanged);
    QCOMPARE(Qt::mightBeRichText(tip), isChanged);
    if (!isChanged)
        return;
    QTextDocument document;
    document.setHtml(tip);
    QCOMPARE(document.toPlainText(), text);
}

void ShowingTest::whatServicesAndStoresSayIsNoMarkup()
{
    const QString tip = plainToolTip(Markup);

    AttentionModel attention;
    Attention item;
    item.sentence = Markup;
    attention.setItems({item});
    QCOMPARE(attention.index(0).data(Qt::ToolTipRole).toString(), tip);
    QCOMPARE(attention.index(0).data().toString(), Markup);
    QVERIFY(attention.index(0).data(Qt::AccessibleTextRole).toString().endsWith(Markup));

    VerdictHeading heading;
    heading.setStatus(Verdict::Down, QStringLiteral("data-api"), Markup);
    QCOMPARE(heading.toolTip(), tip);
    QCOMPARE(heading.accessibleDescription(), Markup);
    QVERIFY(heading.accessibleName().endsWith(Markup));

    Legend legend;
    legend.setEntries({Legend::Entry{Markup, 0}});
    QCOMPARE(legend.toolTip(), tip);
    QCOMPARE(legend.accessibleDescription(), Markup);

    ViewContext view;
    ServiceDetail detail(view);
    ServiceRow service;
    service.name = QStringLiteral("data-api");
    service.dependencies = {DependencyInfo{QStringLiteral("database"), Verdict::Down, Markup, {}}};
    detail.setService(&service, Snapshot());
    const auto *const dependencies = detail.findChild<QTreeWidget *>();
    QVERIFY(dependencies && dependencies->topLevelItemCount() == 1);
    QCOMPARE(dependencies->topLevelItem(0)->toolTip(2), tip);
    QCOMPARE(dependencies->topLevelItem(0)->text(2), Markup);

    SourceBanner banner;
    Snapshot lost;
    lost.source = SourceState::Lost;
    lost.sourceMessage = Markup;
    banner.setSnapshot(lost, QStringLiteral("cache.db"));
    const auto *const text = banner.findChild<QLabel *>(QStringLiteral("sourceBannerText"));
    QVERIFY(text && text->text().startsWith(Markup));
    QCOMPARE(text->textFormat(), Qt::PlainText);

    TextLabel label(TextLabel::Role::Body, Markup);
    label.resize(10, 20);
    label.show();
    QHelpEvent help(QEvent::ToolTip, QPoint(1, 1), QPoint(1, 1));
    QApplication::sendEvent(&label, &help);
    QCOMPARE(QToolTip::text(), tip);
    QCOMPARE(label.accessibleName(), Markup);
    QToolTip::hideText();
}

void ShowingTest::keysAreNoMarkup()
{
    MarkupSession session;
    PrefixTreeModel tree(session);
    tree.setRegion("orders");
    const QModelIndex region = tree.index(0, 0);
    tree.load(region);
    QTRY_COMPARE(tree.rowCount(region), 1);
    const QModelIndex branch = tree.index(0, 0, region);
    const QString prefix = Markup + QLatin1Char(':');
    QCOMPARE(branch.data(Qt::ToolTipRole).toString(), plainToolTip(prefix));
    QVERIFY(plainToolTip(prefix) != prefix);
    QCOMPARE(branch.data().toString(), prefix);
    QVERIFY(branch.data(Qt::AccessibleTextRole).toString().endsWith(prefix));
}

QTEST_MAIN(ShowingTest)
#include "tst_showing.moc"
