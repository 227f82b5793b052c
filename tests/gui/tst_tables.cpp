// SPDX-License-Identifier: MIT
#include "guitest.h"
#include "models/tableexport.h"
#include "models/tablefilter.h"
#include "pages/attentionlist.h"
#include "widgets/celldelegate.h"
#include "widgets/datatable.h"
#include "widgets/plaintext.h"
#include "widgets/stattile.h"
#include "widgets/theme.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QClipboard>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>

using namespace InfraConsole;
using namespace std::chrono_literals;

namespace {

std::vector<TableColumn> columns()
{
    return {{QStringLiteral("Region"), TableColumn::Kind::Text, Unit::Count, {}, QStringLiteral("region"), true},
            {QStringLiteral("Requests"), TableColumn::Kind::Number, Unit::CountPerSecond, {}, QStringLiteral("requests_per_second"), false},
            {QStringLiteral("Memory"), TableColumn::Kind::Share, Unit::Bytes, {}, QStringLiteral("bytes"), false},
            {QStringLiteral("Health"), TableColumn::Kind::Verdict, Unit::Count, {}, QStringLiteral("health"), false},
            {QStringLiteral("Checks"), TableColumn::Kind::Heartbeat, Unit::Count, {}, {}, false}};
}

TableRow makeRow(const QString &name, double rate, Verdict verdict = Verdict::Up)
{
    const HeartbeatStrip strip{{SystemTime(1s), Verdict::Up, {}, {}}, {SystemTime(2s), verdict, {}, {}}};
    return {name, {{name}, {rate}, {rate * 1024, 0.5}, {static_cast<int>(verdict)}, {QVariant::fromValue(strip)}}};
}

std::vector<TableRow> manyRows(int count)
{
    std::vector<TableRow> rows;
    for (int i = 0; i < count; ++i)
        rows.push_back(makeRow(QStringLiteral("region-%1").arg(i, 3, 10, QLatin1Char('0')), i * 7 % 101));
    return rows;
}

} // namespace

class TablesTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void modelKeepsItsContract();
    void rowsKeepTheirIndexThroughARefresh();
    void unknownSortsLastInBothDirections();
    void selectionStaysWithItsRow();
    void aRestoredHeaderSortsTheRowsToo();
    void rowsDoNotMoveUnderThePointer();
    void filterCounts();
    void aRefreshIsFilteredAgain();
    void whatIsCurrentStaysUntilTheOperatorLeavesIt();
    void filteringAgainKeepsSelectionAndScrolling();
    void noMatchOffersToClearTheFilter();
    void cellsSpeakTheirColumnAndValue();
    void cellsShowMarkupLetterByLetter();
    void delegatesPaintEveryKind();
    void countsStandLikeNumbersAndNamesDoNot();
    void namesAreCutWhereTheyAreAlike();
    void columnsThatCanBeSparedMakeRoomForNames();
    void copyHasHeaders();
    void exportHasRawValues();
    void tileSpeaksAndShowsTheTrend();
    void attentionStaysCurrentByWhatItIsAbout();
    void attentionThatPassesLeavesNothingCurrent();
    void attentionDoesNotMoveUnderThePointer();
};

void TablesTest::modelKeepsItsContract()
{
    TableModel model(columns());
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    TableFilter filter;
    filter.setSourceModel(&model);
    QAbstractItemModelTester filterTester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRows(manyRows(20));
    filter.sort(1, Qt::DescendingOrder);
    filter.setFilterText(QStringLiteral("01"));
    std::vector<TableRow> rows = manyRows(25);
    rows.erase(rows.begin() + 3, rows.begin() + 9);
    rows.erase(rows.begin());
    rows.push_back(rows.front()); // A second row of one identity is dropped.
    model.setRows(std::move(rows));
    QCOMPARE(model.rowCount(), 18);
    QCOMPARE(model.rowOf(QStringLiteral("region-004")), -1);
    QVERIFY(model.rowOf(QStringLiteral("region-024")) >= 0);
    model.setRows({});
    QCOMPARE(model.rowCount(), 0);
}

void TablesTest::rowsKeepTheirIndexThroughARefresh()
{
    TableModel model(columns());
    model.setRows(manyRows(5));
    const QPersistentModelIndex third(model.index(2, 0));
    std::vector<TableRow> rows = manyRows(7);
    std::reverse(rows.begin(), rows.end());
    model.setRows(std::move(rows));
    QCOMPARE(third.data(ItemRole::Identity).toString(), QStringLiteral("region-002"));
}

void TablesTest::unknownSortsLastInBothDirections()
{
    TableModel model(columns());
    model.setRows({makeRow(QStringLiteral("a"), 3), makeRow(QStringLiteral("b"), Unknown), makeRow(QStringLiteral("c"), 9)});
    TableFilter filter;
    filter.setSourceModel(&model);
    filter.sort(1, Qt::AscendingOrder);
    QCOMPARE(filter.index(2, 0).data().toString(), QStringLiteral("b"));
    filter.sort(1, Qt::DescendingOrder);
    QCOMPARE(filter.index(0, 0).data().toString(), QStringLiteral("c"));
    QCOMPARE(filter.index(2, 0).data().toString(), QStringLiteral("b"));
}

void TablesTest::selectionStaysWithItsRow()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.sortBy(1, Qt::DescendingOrder);
    table.setRows(manyRows(30));
    table.resize(700, 400);
    table.show();
    table.selectIdentity(QStringLiteral("region-011"));
    QSignalSpy changed(&table, &DataTable::currentChanged);
    for (int i = 1; i < 5; ++i) {
        std::vector<TableRow> rows = manyRows(30);
        rows[11] = makeRow(QStringLiteral("region-011"), i * 40);
        rows.erase(rows.begin() + i);
        table.setRows(std::move(rows));
        QCOMPARE(table.currentIdentity(), QStringLiteral("region-011"));
        QCOMPARE(table.selectedIdentities(), QStringList{QStringLiteral("region-011")});
    }
    QCOMPARE(changed.count(), 0);
}

void TablesTest::aRestoredHeaderSortsTheRowsToo()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.sortBy(1, Qt::DescendingOrder);
    TableModel restoredModel(columns());
    DataTable restored(QStringLiteral("Regions"), &restoredModel);
    QVERIFY(restored.restoreHeader(table.saveHeader()));
    restored.setRows({makeRow(QStringLiteral("a"), 1), makeRow(QStringLiteral("b"), 3), makeRow(QStringLiteral("c"), 2)});
    QCOMPARE(restored.filter()->index(0, 0).data().toString(), QStringLiteral("b"));
    QCOMPARE(restored.filter()->index(2, 0).data().toString(), QStringLiteral("a"));
}

void TablesTest::rowsDoNotMoveUnderThePointer()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.sortBy(1, Qt::DescendingOrder);
    table.setRows({makeRow(QStringLiteral("a"), 3), makeRow(QStringLiteral("b"), 2)});
    QCOMPARE(table.filter()->index(0, 0).data().toString(), QStringLiteral("a"));
    table.view()->viewport()->setAttribute(Qt::WA_UnderMouse, true);
    table.setRows({makeRow(QStringLiteral("a"), 3), makeRow(QStringLiteral("b"), 9)});
    QCOMPARE(table.filter()->index(0, 0).data().toString(), QStringLiteral("a"));
    table.view()->viewport()->setAttribute(Qt::WA_UnderMouse, false);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(table.view()->viewport(), &leave);
    QCOMPARE(table.filter()->index(0, 0).data().toString(), QStringLiteral("b"));
}

void TablesTest::filterCounts()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.setRows(manyRows(310));
    QCOMPARE(table.countText(), QStringLiteral("310"));
    QTest::keyClicks(table.filterField(), QStringLiteral("REGION 24"));
    // 024, 124, 224 and 240 to 249.
    QCOMPARE(table.countText(), QStringLiteral("13 of 310"));
    QTest::keyClick(table.filterField(), Qt::Key_Escape);
    QCOMPARE(table.countText(), QStringLiteral("310"));
}

void TablesTest::aRefreshIsFilteredAgain()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Services"), &model);
    const auto refresh = [&table](Verdict a, Verdict b, Verdict c) {
        table.setRows({makeRow(QStringLiteral("a"), 1, a), makeRow(QStringLiteral("b"), 2, b),
                       makeRow(QStringLiteral("c"), 3, c)});
    };
    const auto shown = [&table] {
        QStringList names;
        for (int row = 0; row < table.filter()->rowCount(); ++row)
            names << table.filter()->index(row, 0).data(ItemRole::Identity).toString();
        return names;
    };
    table.sortBy(0, Qt::AscendingOrder);
    refresh(Verdict::Up, Verdict::Up, Verdict::Down);
    QTest::keyClicks(table.filterField(), QStringLiteral("down"));
    QCOMPARE(shown(), QStringList{QStringLiteral("c")});
    refresh(Verdict::Down, Verdict::Up, Verdict::Down);
    QCOMPARE(shown(), QStringList({QStringLiteral("a"), QStringLiteral("c")}));
    QCOMPARE(table.countText(), QStringLiteral("2 of 3"));
    refresh(Verdict::Down, Verdict::Up, Verdict::Up);
    QCOMPARE(shown(), QStringList{QStringLiteral("a")});
    QCOMPARE(table.countText(), QStringLiteral("1 of 3"));
    // A pointer that rests on the table keeps the order, not what is wrong.
    table.view()->viewport()->setAttribute(Qt::WA_UnderMouse, true);
    refresh(Verdict::Up, Verdict::Down, Verdict::Up);
    table.view()->viewport()->setAttribute(Qt::WA_UnderMouse, false);
    QCOMPARE(shown(), QStringList{QStringLiteral("b")});
}

void TablesTest::whatIsCurrentStaysUntilTheOperatorLeavesIt()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Services"), &model);
    const auto refresh = [&table](Verdict a, Verdict b) {
        table.setRows({makeRow(QStringLiteral("a"), 1, a), makeRow(QStringLiteral("b"), 2, b)});
    };
    table.sortBy(0, Qt::AscendingOrder);
    refresh(Verdict::Down, Verdict::Down);
    table.filterField()->setText(QStringLiteral("down"));
    table.selectIdentity(QStringLiteral("a"));
    refresh(Verdict::Up, Verdict::Down);
    QCOMPARE(table.currentIdentity(), QStringLiteral("a"));
    QCOMPARE(table.selectedIdentities(), QStringList{QStringLiteral("a")});
    QCOMPARE(table.filter()->rowCount(), 2);
    table.selectIdentity(QStringLiteral("b"));
    refresh(Verdict::Up, Verdict::Down);
    QCOMPARE(table.filter()->rowCount(), 1);
    QCOMPARE(table.currentIdentity(), QStringLiteral("b"));
}

void TablesTest::filteringAgainKeepsSelectionAndScrolling()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Services"), &model);
    const auto rows = [](int down) {
        std::vector<TableRow> result;
        for (int i = 0; i < 200; ++i)
            result.push_back(makeRow(QStringLiteral("service-%1").arg(i, 3, 10, QLatin1Char('0')), i,
                                     i < down ? Verdict::Down : Verdict::Up));
        return result;
    };
    table.sortBy(0, Qt::AscendingOrder);
    table.resize(700, 400);
    table.show();
    QVERIFY(QTest::qWaitForWindowExposed(&table));
    table.setRows(rows(200));
    table.filterField()->setText(QStringLiteral("down"));
    QCoreApplication::processEvents();
    table.selectIdentity(QStringLiteral("service-100"));
    const int scrolled = table.view()->verticalScrollBar()->value();
    QVERIFY(scrolled > 0);
    QSignalSpy changed(&table, &DataTable::currentChanged);
    table.setRows(rows(150));
    QCoreApplication::processEvents();
    QCOMPARE(table.countText(), QStringLiteral("150 of 200"));
    QCOMPARE(table.currentIdentity(), QStringLiteral("service-100"));
    QCOMPARE(table.selectedIdentities(), QStringList{QStringLiteral("service-100")});
    QCOMPARE(table.view()->verticalScrollBar()->value(), scrolled);
    QCOMPARE(changed.count(), 0);
}

void TablesTest::noMatchOffersToClearTheFilter()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.setRows(manyRows(3));
    table.resize(500, 300);
    table.show();
    table.filterField()->setText(QStringLiteral("nothing"));
    QAbstractButton *clear = nullptr;
    for (QAbstractButton *button : table.findChildren<QAbstractButton *>()) {
        if (button->isVisible() && button->text() == QLatin1String("Clear the filter"))
            clear = button;
    }
    QVERIFY(clear);
    QTest::mouseClick(clear, Qt::LeftButton);
    QVERIFY(table.filterField()->text().isEmpty());
    QVERIFY(!clear->isVisible());
}

void TablesTest::cellsSpeakTheirColumnAndValue()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.setRows({makeRow(QStringLiteral("orders"), 12'431, Verdict::Degraded)});
    table.show();
    const auto spoken = [&](int column) { return model.index(0, column).data(Qt::AccessibleTextRole).toString(); };
    QCOMPARE(spoken(0), QStringLiteral("Region: orders"));
    QCOMPARE(spoken(1), QStringLiteral("Requests: 12.4\u2009k/s"));
    QCOMPARE(spoken(3), QStringLiteral("Health: degraded"));
    QCOMPARE(spoken(4), QStringLiteral("Checks: 1 of 2 checks up, last degraded"));
    QAccessibleInterface *const interface = QAccessible::queryAccessibleInterface(table.view());
    QVERIFY(interface);
    QCOMPARE(interface->text(QAccessible::Name), QStringLiteral("Regions"));
}

void TablesTest::cellsShowMarkupLetterByLetter()
{
    const QString markup = QStringLiteral("<a href='x'>all is well</a>");
    TableModel model(columns());
    TableRow row = makeRow(markup, 1);
    row.cells[1].tip = markup;
    model.setRows({row});
    for (const int column : {0, 1})
        QCOMPARE(model.index(0, column).data(Qt::ToolTipRole).toString(), plainToolTip(markup));
    QVERIFY(plainToolTip(markup) != markup);
    QCOMPARE(model.index(0, 0).data().toString(), markup);
    QCOMPARE(model.index(0, 0).data(Qt::AccessibleTextRole).toString(), QStringLiteral("Region: %1").arg(markup));
}

void TablesTest::delegatesPaintEveryKind()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.setRows({makeRow(QStringLiteral("orders"), 12'431, Verdict::Degraded), makeRow(QStringLiteral("x"), Unknown, Verdict::Unreachable)});
    table.resize(800, 200);
    table.show();
    QImage image = table.view()->viewport()->grab().toImage();
    // Something is drawn in every cell of the first row.
    for (int column = 0; column < model.columnCount(); ++column) {
        const QRect cell = table.view()->visualRect(table.filter()->index(0, column));
        QVERIFY(cell.width() > 20);
        QSet<QRgb> colors;
        for (int x = cell.left() + 2; x < cell.right() - 2; ++x) {
            for (int y = cell.top() + 2; y < cell.bottom() - 2; ++y)
                colors.insert(image.pixel(x, y));
        }
        QVERIFY2(colors.size() > 2, qPrintable(QString::number(column)));
    }
}

// Whether something is drawn in that part of the cell.
static bool isDrawn(const QImage &image, const QRect &part)
{
    QSet<QRgb> colors;
    for (int x = part.left() + 2; x < part.right() - 2; ++x) {
        for (int y = part.top() + 2; y < part.bottom() - 2; ++y)
            colors.insert(image.pixel(x, y));
    }
    return colors.size() > 2;
}

void TablesTest::countsStandLikeNumbersAndNamesDoNot()
{
    TableModel model({{QStringLiteral("Region"), TableColumn::Kind::Text, Unit::Count, {}, {}, true},
                      {QStringLiteral("Instances"), TableColumn::Kind::Text, Unit::Count, {}, {}, false}});
    DataTable table(QStringLiteral("Regions"), &model);
    QSignalSpy titlesMoved(&model, &QAbstractItemModel::headerDataChanged);
    table.resize(600, 200);
    table.show();
    const auto check = [&](const TableCell &cell, Qt::AlignmentFlag side) {
        table.setRows({{QStringLiteral("orders"), {{QStringLiteral("orders")}, cell}}});
        table.view()->setColumnWidth(1, 200);
        const QModelIndex index = table.filter()->index(0, 1);
        QVERIFY(index.data(Qt::TextAlignmentRole).toInt() & side);
        QVERIFY(model.headerData(1, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & side);
        const QRect whole = table.view()->visualRect(index);
        QRect left = whole;
        left.setWidth(whole.width() / 2);
        QRect right = whole;
        right.setLeft(left.right());
        const QImage image = table.view()->viewport()->grab().toImage();
        QCOMPARE(isDrawn(image, left), side == Qt::AlignLeft);
        QCOMPARE(isDrawn(image, right), side == Qt::AlignRight);
    };
    check(countCell(12), Qt::AlignRight);
    QCOMPARE(titlesMoved.count(), 1);
    check({QStringLiteral("data-api")}, Qt::AlignLeft);
    QCOMPARE(titlesMoved.count(), 2);
}

void TablesTest::namesAreCutWhereTheyAreAlike()
{
    TableColumn name{QStringLiteral("Pool"), TableColumn::Kind::Text, Unit::Count, {}, {}, false};
    name.cut = Qt::ElideLeft;
    TableModel model({name});
    DataTable table(QStringLiteral("Pools"), &model);
    const QString common(40, QLatin1Char('a'));
    const QString end(10, QLatin1Char('b'));
    const QString one = common + QStringLiteral("xxxx") + end;
    const QString two = common + QStringLiteral("yyyy") + end;
    table.setRows({{one, {{one}}}, {two, {{two}}}});
    table.resize(600, 200);
    table.show();
    table.view()->setColumnWidth(0, table.fontMetrics().horizontalAdvance(QString(16, QLatin1Char('b'))) + 2 * Spacing::Row);
    const QPixmap shown = table.view()->viewport()->grab();
    const auto cell = [&](int row) { return shown.copy(table.view()->visualRect(table.filter()->index(row, 0))).toImage(); };
    QVERIFY(cell(0) != cell(1));
}

void TablesTest::columnsThatCanBeSparedMakeRoomForNames()
{
    const auto number = [](const char *title, int spare) {
        TableColumn column{QString::fromLatin1(title), TableColumn::Kind::Number, Unit::Count, {}, QString::fromLatin1(title), false};
        column.spare = spare;
        return column;
    };
    TableModel model({{QStringLiteral("Pool"), TableColumn::Kind::Text, Unit::Count, {}, QStringLiteral("pool"), true},
                      number("used", 0), number("limit", 1), number("create", 2)});
    DataTable table(QStringLiteral("Pools"), &model);
    const QString name(60, QLatin1Char('n'));
    const auto fill = [&] { table.setRows({{name, {{name}, {1.0}, {2.0}, {3.0}}}}); };
    const QTableView &view = *table.view();
    const auto isShown = [&](int column) { return !view.isColumnHidden(column); };
    table.resize(900, 200);
    table.show();
    fill();
    QVERIFY(isShown(2) && isShown(3));
    const int others = view.columnWidth(1) + view.columnWidth(2) + view.columnWidth(3);
    const int frame = table.width() - view.viewport()->width();
    // Less than all of them need beside the name, but for one.
    table.resize(frame + 240 + others - view.columnWidth(3) / 2, 200);
    fill();
    QVERIFY(isShown(2) && !isShown(3));
    QVERIFY2(view.columnWidth(0) >= 240, qPrintable(QString::number(view.columnWidth(0))));
    table.resize(300, 200);
    QVERIFY(isShown(1) && !isShown(2) && !isShown(3));
    // What it is sorted by stays; what is exported is all.
    table.sortBy(3, Qt::DescendingOrder);
    fill();
    QVERIFY(isShown(3));
    QVERIFY(table.exported(QStringLiteral("csv")).startsWith("pool,used,limit,create"));
    // Widths that were kept from a narrow window do not hide anything in a wide one.
    TableModel restoredModel(model.columns());
    DataTable restored(QStringLiteral("Pools"), &restoredModel);
    restored.resize(900, 200);
    restored.show();
    QVERIFY(restored.restoreHeader(table.saveHeader()));
    QVERIFY(!restored.view()->isColumnHidden(2) && !restored.view()->isColumnHidden(3));
    table.resize(900, 200);
    QVERIFY(isShown(2) && isShown(3));
}

void TablesTest::copyHasHeaders()
{
    TableModel model(columns());
    DataTable table(QStringLiteral("Regions"), &model);
    table.setRows({makeRow(QStringLiteral("orders"), 5)});
    table.selectIdentity(QStringLiteral("orders"));
    table.show();
    QTest::keySequence(table.view(), QKeySequence::Copy);
    const QString text = QGuiApplication::clipboard()->text();
    QCOMPARE(text.section(QLatin1Char('\n'), 0, 0), QStringLiteral("Region\tRequests\tMemory\tHealth"));
    QVERIFY(text.section(QLatin1Char('\n'), 1, 1).startsWith(QStringLiteral("orders\t5.00")));
}

void TablesTest::exportHasRawValues()
{
    TableModel model(columns());
    model.setRows({makeRow(QStringLiteral("a \"quoted\", name"), 12'431.5), makeRow(QStringLiteral("b"), Unknown)});
    const QByteArrayList lines = exportTable(model, QStringLiteral("csv")).split('\n');
    QCOMPARE(lines.at(0), QByteArray("region,requests_per_second,bytes,health\r"));
    QCOMPARE(lines.at(1), QByteArray("\"a \"\"quoted\"\", name\",12431.5,12729856,up\r"));
    QCOMPARE(lines.at(2), QByteArray("b,,,up\r"));
    const QJsonArray json = QJsonDocument::fromJson(exportTable(model, QStringLiteral("json"))).array();
    QCOMPARE(json.at(0).toObject().value(QStringLiteral("requests_per_second")).toDouble(), 12'431.5);
    QVERIFY(json.at(1).toObject().value(QStringLiteral("requests_per_second")).isNull());
}

void TablesTest::tileSpeaksAndShowsTheTrend()
{
    StatTile tile(QStringLiteral("Requests"), Unit::CountPerSecond);
    QCOMPARE(tile.accessibleDescription(), QStringLiteral("n/a"));
    tile.setValue(12'431);
    tile.setStatus(Verdict::Degraded);
    QCOMPARE(tile.accessibleName(), QStringLiteral("Requests"));
    QCOMPARE(tile.accessibleDescription(), QStringLiteral("12.4\u2009k/s, degraded"));
    QVERIFY(tile.trendText().isEmpty());
    auto series = std::make_shared<Series>();
    for (int i = 0; i <= 120; ++i)
        series->push_back({SystemTime(std::chrono::seconds(i)), i < 100 ? 100.0 : 150.0});
    tile.setSeries(series);
    QCOMPARE(tile.trendText(), QStringLiteral("+50.0\u2009/s in 1 min"));
    QSignalSpy clicked(&tile, &StatTile::clicked);
    tile.show();
    QTest::keyClick(&tile, Qt::Key_Space);
    QCOMPARE(clicked.count(), 1);
}

static Attention attentionTo(const QString &subject, AttentionKind kind = AttentionKind::Verdict, const QByteArray &instance = {})
{
    return {Severity::Warning, subject + QStringLiteral(" is degraded."), PageId::Services, subject, {}, kind, instance};
}

static QStringList sentences(const QAbstractItemModel &model)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts << model.index(row, 0).data().toString().section(QLatin1Char(' '), 0, 0);
    return texts;
}

void TablesTest::attentionStaysCurrentByWhatItIsAbout()
{
    AttentionList list;
    const QAbstractItemModelTester tester(list.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    const Attention a = attentionTo(QStringLiteral("A"));
    const Attention b = attentionTo(QStringLiteral("B"));
    const Attention c = attentionTo(QStringLiteral("C"));
    list.setItems({b, c});
    list.setCurrentIndex(list.model()->index(0, 0));
    const auto current = [&list] { return list.currentIndex().data().toString().section(QLatin1Char(' '), 0, 0); };
    list.setItems({a, b, c});
    QCOMPARE(sentences(*list.model()), QStringList({QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("C")}));
    QCOMPARE(current(), QStringLiteral("B"));
    QCOMPARE(list.selectionModel()->selectedIndexes(), QModelIndexList{list.currentIndex()});
    // It gets worse, and others better; of the same subject something else is wrong, too.
    Attention worse = b;
    worse.sentence = QStringLiteral("B is down.");
    list.setItems({worse, attentionTo(QStringLiteral("B"), AttentionKind::Certificate), c, a});
    QCOMPARE(list.currentIndex().row(), 0);
    QCOMPARE(list.currentIndex().data().toString(), worse.sentence);
    // Two processes of one pool, in the other order.
    const Attention one = attentionTo(QStringLiteral("B"), AttentionKind::PoolPressure, "one");
    const Attention two = attentionTo(QStringLiteral("B"), AttentionKind::PoolPressure, "two");
    list.setItems({one, two});
    list.setCurrentIndex(list.model()->index(1, 0));
    list.setItems({two, one});
    QCOMPARE(list.currentIndex().row(), 0);
    // What nothing tells apart comes and goes as it is counted.
    list.setItems({a, a, b});
    list.setItems({b, a});
    QCOMPARE(sentences(*list.model()), QStringList({QStringLiteral("B"), QStringLiteral("A")}));
}

void TablesTest::attentionThatPassesLeavesNothingCurrent()
{
    AttentionList list;
    const Attention a = attentionTo(QStringLiteral("A"));
    const Attention b = attentionTo(QStringLiteral("B"));
    list.setItems({a, b});
    list.setCurrentIndex(list.model()->index(0, 0));
    list.setItems({b});
    QVERIFY(!list.currentIndex().isValid());
    QVERIFY(!list.selectionModel()->hasSelection());
}

void TablesTest::attentionDoesNotMoveUnderThePointer()
{
    AttentionList list;
    const Attention a = attentionTo(QStringLiteral("A"));
    const Attention b = attentionTo(QStringLiteral("B"));
    const Attention c = attentionTo(QStringLiteral("C"));
    list.setItems({b, c});
    list.viewport()->setAttribute(Qt::WA_UnderMouse, true);
    list.setItems({a, c, b});
    QCOMPARE(sentences(*list.model()), QStringList({QStringLiteral("B"), QStringLiteral("C"), QStringLiteral("A")}));
    list.viewport()->setAttribute(Qt::WA_UnderMouse, false);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(list.viewport(), &leave);
    QCOMPARE(sentences(*list.model()), QStringList({QStringLiteral("A"), QStringLiteral("C"), QStringLiteral("B")}));
}

QTEST_MAIN(TablesTest)
#include "tst_tables.moc"
