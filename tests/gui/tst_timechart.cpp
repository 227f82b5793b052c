// SPDX-License-Identifier: MIT
#include "guitest.h"
#include "widgets/timechart.h"

#include <QSignalSpy>
#include <QVBoxLayout>

#include <cmath>

using namespace InfraConsole;
using namespace std::chrono_literals;

namespace {

constexpr SystemTime Now(1'790'000'000'000ms);

std::shared_ptr<const Series> makeSeries(int seconds, const std::function<double(int)> &value)
{
    auto series = std::make_shared<Series>();
    for (int back = seconds; back >= 0; --back)
        series->push_back({Now - std::chrono::seconds(back), value(back)});
    return series;
}

} // namespace

class TimeChartTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void decimationKeepsExtremes();
    void decimationKeepsGaps();
    void fewPointsStayAsTheyAre();
    void scalesHaveAtMostFiveRoundTicks();
    void timeTicksEndAtNowAndAreFewEnough();
    void crosshairIsSharedAndReadsEverySeries();
    void aGapReadsAsUnknown();
    void hiddenChartsDoNothing();
    void draggingZoomsAllChartsAndEscapeGoesBack();
    void arrowKeysMoveTheCrosshair();
    void aChartWithoutDataSaysWhy();
    void chartsOfEqualSizeShareThePlotWidth();
    void manyMarksKeepTheirHeadsAndLoseTheirLines();
    void exportsAsPngAndSvg();
};

void TimeChartTest::decimationKeepsExtremes()
{
    // One second of 86,400 is a spike, another a hole.
    const auto series = makeSeries(86'400, [](int back) { return back == 40'000 ? 900.0 : back == 20'000 ? -5.0 : 10.0; });
    const QList<QPointF> points = decimate(*series, Now, 86'400s, 800);
    QVERIFY(points.size() <= 1604);
    double low = 0, high = 0;
    double previous = -1e12;
    for (const QPointF &point : points) {
        low = std::min(low, point.y());
        high = std::max(high, point.y());
        QVERIFY(point.x() >= previous);
        previous = point.x();
    }
    QCOMPARE(low, -5.0);
    QCOMPARE(high, 900.0);
}

void TimeChartTest::decimationKeepsGaps()
{
    const auto series = makeSeries(10'000, [](int back) { return back > 4000 && back < 6000 ? Unknown : 1.0; });
    const QList<QPointF> points = decimate(*series, Now, 10'000s, 100);
    const auto gaps = std::count_if(points.begin(), points.end(), [](const QPointF &p) { return std::isnan(p.y()); });
    QVERIFY(gaps >= 19);
    // A gap shorter than a pixel still breaks the line.
    const auto narrow = makeSeries(10'000, [](int back) { return back == 5050 ? Unknown : 1.0; });
    const QList<QPointF> broken = decimate(*narrow, Now, 10'000s, 100);
    QCOMPARE(std::count_if(broken.begin(), broken.end(), [](const QPointF &p) { return std::isnan(p.y()); }), 1);
}

void TimeChartTest::fewPointsStayAsTheyAre()
{
    const auto series = makeSeries(60, [](int back) { return double(back); });
    const QList<QPointF> points = decimate(*series, Now, 30s, 400);
    // One sample before the range is kept so that the line runs to its edge.
    QCOMPARE(points.size(), 32);
    QCOMPARE(points.first(), QPointF(-31, 31));
    QCOMPARE(points.last(), QPointF(0, 0));
}

void TimeChartTest::scalesHaveAtMostFiveRoundTicks()
{
    for (const Unit unit : {Unit::Count, Unit::CountPerSecond, Unit::Bytes, Unit::Seconds}) {
        for (const double high : {1e-6, 0.003, 0.7, 1.0, 4.2, 9.99, 130.0, 12'431.0, 8e6, 3e9}) {
            const ValueScale scale = valueScale(0, high, unit);
            QVERIFY(scale.ticks().size() <= 5);
            QVERIFY(scale.ticks().size() >= 2);
            QVERIFY2(scale.high >= high * 0.999, qPrintable(QString::number(high)));
            QCOMPARE(scale.low, 0.0);
        }
    }
    QCOMPARE(valueScale(0.3, 0.9, Unit::Ratio), (ValueScale{0, 1, 0.25}));
    QVERIFY(valueScale(0.992, 0.998, Unit::Ratio).low >= 0.96);
    QVERIFY(valueScale(Unknown, Unknown, Unit::Count).ticks().size() <= 5);
}

void TimeChartTest::timeTicksEndAtNowAndAreFewEnough()
{
    for (const int length : {10, 17, 60, 61, 300, 473, 899, 900}) {
        const auto ticks = timeTicks(std::chrono::seconds(length), std::nullopt);
        QVERIFY(ticks.size() >= 2);
        QVERIFY2(ticks.size() <= 5, qPrintable(QString::number(length)));
        QCOMPARE(ticks.back().label, QStringLiteral("now"));
        QVERIFY(ticks.front().offset >= -length);
    }
    QCOMPARE(timeTicks(900s, std::nullopt).front().label, QStringLiteral("\u221215\u2009min"));
}

void TimeChartTest::crosshairIsSharedAndReadsEverySeries()
{
    ViewContext view;
    QWidget window;
    QVBoxLayout column(&window);
    auto *const first = new TimeChart(QStringLiteral("First"), Unit::Count, view);
    auto *const second = new TimeChart(QStringLiteral("Second"), Unit::Seconds, view);
    column.addWidget(first);
    column.addWidget(second);
    first->setData(Now, {{QStringLiteral("a"), 0, makeSeries(300, [](int back) { return double(back); })},
                         {QStringLiteral("b"), 1, makeSeries(300, [](int back) { return 2.0 * back; })}});
    second->setData(Now, {{QString(), 0, makeSeries(300, [](int back) { return back / 1000.0; })}});
    window.resize(600, 500);
    window.show();
    const QRectF plot = first->plotRectangle();
    QTest::mouseMove(first->viewport(), QPoint(qRound(plot.center().x()), qRound(plot.center().y())));
    QTRY_VERIFY(view.crosshair().has_value());
    const auto back = (Now - *view.crosshair()).count() / 1000.0;
    QVERIFY2(std::abs(back - 150) < 3, qPrintable(QString::number(back)));
    QVERIFY(std::abs(first->valueUnderCrosshair(0) - 150) < 3);
    QVERIFY(std::abs(first->valueUnderCrosshair(1) - 300) < 6);
    QVERIFY(std::abs(second->valueUnderCrosshair(0) - 0.150) < 0.003);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(first->viewport(), &leave);
    QVERIFY(!view.crosshair());
}

void TimeChartTest::aGapReadsAsUnknown()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Gap"), Unit::Count, view);
    chart.setData(Now, {{QString(), 0, makeSeries(300, [](int back) { return back > 90 && back < 110 ? Unknown : 4.0; })}});
    view.setCrosshair(Now - 100s);
    QVERIFY(std::isnan(chart.valueUnderCrosshair(0)));
    view.setCrosshair(Now - 50s);
    QCOMPARE(chart.valueUnderCrosshair(0), 4.0);
    view.setCrosshair(Now - 2000s);
    QVERIFY(std::isnan(chart.valueUnderCrosshair(0)));
}

void TimeChartTest::hiddenChartsDoNothing()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Hidden"), Unit::Count, view);
    for (int i = 0; i < 10; ++i)
        chart.setData(Now + std::chrono::seconds(i), {{QString(), 0, makeSeries(300, [](int) { return 1.0; })}});
    QCOMPARE(chart.layoutCount(), 0);
    chart.show();
    QVERIFY(chart.layoutCount() >= 1);
}

void TimeChartTest::draggingZoomsAllChartsAndEscapeGoesBack()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Zoom"), Unit::Count, view);
    chart.resize(600, 300);
    chart.setData(Now, {{QString(), 0, makeSeries(900, [](int) { return 1.0; })}});
    view.setTimeRange({600s, std::nullopt});
    chart.show();
    const QRectF plot = chart.plotRectangle();
    const QPoint from(qRound(plot.left() + plot.width() * 0.25), qRound(plot.center().y()));
    const QPoint to(qRound(plot.left() + plot.width() * 0.75), qRound(plot.center().y()));
    QTest::mousePress(chart.viewport(), Qt::LeftButton, {}, from);
    QTest::mouseMove(chart.viewport(), to);
    QMouseEvent move(QEvent::MouseMove, to, chart.viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(chart.viewport(), &move);
    QTest::mouseRelease(chart.viewport(), Qt::LeftButton, {}, to);
    QVERIFY(view.timeRange().end.has_value());
    QVERIFY2(std::abs(view.timeRange().length.count() - 300) <= 5, qPrintable(QString::number(view.timeRange().length.count())));
    QTest::keyClick(&chart, Qt::Key_Escape);
    QCOMPARE(view.timeRange(), (TimeRange{600s, std::nullopt}));
}

void TimeChartTest::arrowKeysMoveTheCrosshair()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Keys"), Unit::Count, view);
    chart.setData(Now, {{QString(), 0, makeSeries(300, [](int) { return 1.0; })}});
    chart.show();
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(view.crosshair().value_or(Now), Now - 3s);
    QTest::keyClick(&chart, Qt::Key_Right);
    QCOMPARE(view.crosshair().value_or(Now - 1s), Now);
}

void TimeChartTest::aChartWithoutDataSaysWhy()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Empty"), Unit::Count, view);
    chart.setNoDataReason(QStringLiteral("No instance has published this yet"));
    chart.setData(Now, {{QString(), 0, makeSeries(300, [](int) { return Unknown; })}});
    chart.show();
    QVERIFY(!chart.hasData());
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("No instance has published this yet"));
    chart.setData(Now, {{QStringLiteral("used"), 0, makeSeries(300, [](int) { return 7.0; })}});
    QVERIFY(chart.hasData());
    QCOMPARE(chart.accessibleDescription(), QStringLiteral("used: 7"));
}

void TimeChartTest::chartsOfEqualSizeShareThePlotWidth()
{
    ViewContext view;
    TimeChart bytes(QStringLiteral("Bytes"), Unit::Bytes, view);
    TimeChart ratio(QStringLiteral("Ratio"), Unit::Ratio, view);
    bytes.resize(500, 200);
    ratio.resize(500, 200);
    bytes.setData(Now, {{QString(), 0, makeSeries(300, [](int) { return 9e9; })}});
    ratio.setData(Now, {{QString(), 0, makeSeries(300, [](int) { return 0.5; })}});
    bytes.show();
    ratio.show();
    QCOMPARE(bytes.plotRectangle(), ratio.plotRectangle());
}

void TimeChartTest::manyMarksKeepTheirHeadsAndLoseTheirLines()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Marks"), Unit::Count, view);
    chart.resize(600, 300);
    chart.show();
    // Colours along a row between two grid lines; the data lies at the bottom.
    const auto inked = [&](int marks) {
        std::vector<Mark> list;
        for (int i = 0; i < marks; ++i)
            list.push_back({Now - std::chrono::seconds(290 - i * 280 / marks), EventKind::Invalidation, QStringLiteral("x")});
        chart.setData(Now, {{QString(), 0, makeSeries(300, [](int back) { return back == 300 ? 4.0 : 0.0; })}}, list);
        const QImage image = QImage::fromData(chart.rendered(QStringLiteral("png")));
        const QRectF plot = chart.plotRectangle();
        const int y = qRound((plot.top() + plot.height() * 0.4) * 2);
        const QRgb card = image.pixel(10, y);
        int count = 0;
        for (int x = qRound(plot.left() * 2) + 20; x < qRound(plot.right() * 2) - 10; ++x)
            count += image.pixel(x, y) != card;
        return count;
    };
    const int none = inked(0);
    QVERIFY(inked(3) > none);
    QCOMPARE(inked(200), none);
}

void TimeChartTest::exportsAsPngAndSvg()
{
    ViewContext view;
    TimeChart chart(QStringLiteral("Export"), Unit::Count, view);
    chart.resize(400, 200);
    chart.setData(Now, {{QString(), 0, makeSeries(300, [](int back) { return double(back % 17); })}});
    chart.show();
    const QImage image = QImage::fromData(chart.rendered(QStringLiteral("png")));
    QCOMPARE(image.size(), QSize(800, 400));
    const QByteArray svg = chart.rendered(QStringLiteral("svg"));
    QVERIFY(svg.startsWith("<?xml"));
    QVERIFY(svg.contains("Export"));
}

QTEST_MAIN(TimeChartTest)
#include "tst_timechart.moc"
