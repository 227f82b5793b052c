// SPDX-License-Identifier: GPL-3.0-or-later
#include "poolspage.h"

#include "pages/chartgrid.h"
#include "session/instancenames.h"
#include "widgets/card.h"
#include "widgets/datatable.h"
#include "widgets/labels.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QCoreApplication>
#include <QVBoxLayout>

#include <algorithm>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::PoolsPage)
};

std::vector<TableColumn> tableColumns()
{
    using Kind = TableColumn::Kind;
    return {
        {Text::tr("Pool"), Kind::Text, Unit::Count, Text::tr("Database URL without credentials"), QStringLiteral("pool"), true, false, Qt::ElideLeft},
        {Text::tr("Instances"), Kind::Text, Unit::Count, Text::tr("The process, or how many live processes have this pool"),
         QStringLiteral("instance"), false, true},
        {Text::tr("Used"), Kind::Share, Unit::Count, Text::tr("Connections in use; the bar shows their share of the limit"),
         QStringLiteral("used"), false},
        {Text::tr("Idle"), Kind::Number, Unit::Count, Text::tr("Open connections that nobody uses"), QStringLiteral("idle"), false},
        {Text::tr("Overflow"), Kind::Number, Unit::Count, Text::tr("Connections beyond the pool's size"), QStringLiteral("overflow"), false, false, {}, 2},
        {Text::tr("Limit"), Kind::Number, Unit::Count, Text::tr("Size and allowed overflow together"), QStringLiteral("limit"), false, false, {}, 1},
        {Text::tr("Pending"), Kind::Number, Unit::Count, Text::tr("Callers that wait for a connection now"), QStringLiteral("pending"), false},
        {Text::tr("Wait p95"), Kind::Number, Unit::Seconds, Text::tr("19 of 20 callers get a connection faster"), QStringLiteral("wait_p95_seconds"), false},
        {Text::tr("Timeouts"), Kind::Number, Unit::CountPerSecond, Text::tr("Callers a second that got none in time"),
         QStringLiteral("timeouts_per_second"), false},
        {Text::tr("Create p95"), Kind::Number, Unit::Seconds, Text::tr("19 of 20 connections are opened faster"),
         QStringLiteral("create_p95_seconds"), false, false, {}, 3},
    };
}

std::vector<ComponentChart> detailCharts()
{
    return {
        {Text::tr("Connections"), Unit::Count,
         {{Measure::PoolUsed, Text::tr("used")}, {Measure::PoolOverflow, Text::tr("overflow")}, {Measure::PoolIdle, Text::tr("idle")}},
         Measure::PoolUsed},
        {Text::tr("Callers waiting"), Unit::Count, {{Measure::PoolPending, {}}}, Measure::PoolPending},
        {Text::tr("Wait for a connection, p95"), Unit::Seconds, {{Measure::PoolWaitP95, {}}}, Measure::PoolWaitP95},
        {Text::tr("Timeouts"), Unit::CountPerSecond, {{Measure::PoolTimeoutRate, {}}}, Measure::PoolTimeoutRate},
        {Text::tr("Opening a connection, p95"), Unit::Seconds, {{Measure::PoolCreateP95, {}}}, Measure::PoolCreateP95},
    };
}

} // namespace

PoolsPage::PoolsPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : ComponentPage(PageId::Pools, tr("Pools"), tr("Connection pools"), tableColumns(), detailCharts(), pageSession, pageView, parent)
{
    setWhatsThis(tr("<b>Pools</b><p>Database connections: used and idle against the limit, overflow beyond the size, callers that wait, and how long they "
                    "wait. A zombie is a connection that its driver does not give back. “Longest borrows” names who keeps connections.</p>"));
    table()->setEmptyText(tr("No connection pools yet"), tr("A pool appears when a service that uses this store opens it."));
    table()->sortBy(2, Qt::DescendingOrder);

    auto *const card = new Card;
    card->setMinimumSize(240, 130);
    auto *const title = new TextLabel(TextLabel::Role::Strong, tr("Longest borrows"));
    m_borrowNote = new TextLabel(TextLabel::Role::Secondary);
    m_borrowModel = new TableModel(
        {
            {tr("Borrower"), TableColumn::Kind::Text, Unit::Count, tr("Where in the source the connection was taken"), QStringLiteral("borrower"), true},
            {tr("Held for"), TableColumn::Kind::Number, Unit::Seconds, {}, QStringLiteral("age_seconds"), false},
        },
        this);
    m_borrowView = new QTableView;
    m_borrowView->setModel(m_borrowModel);
    m_borrowView->setAccessibleName(title->text());
    m_borrowView->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *const column = new QVBoxLayout(card);
    column->setContentsMargins(1, Spacing::Card, 1, Spacing::Unit);
    column->setSpacing(Spacing::Unit);
    title->setContentsMargins(0, 0, 0, 0);
    auto *const heading = new QVBoxLayout;
    heading->setContentsMargins(Spacing::Card - 1, 0, Spacing::Card - 1, 0);
    heading->addWidget(title);
    heading->addWidget(m_borrowNote);
    column->addLayout(heading);
    column->setAlignment(heading, Qt::AlignTop);
    column->addWidget(m_borrowView, 1);
    prepareTableView(m_borrowView, m_borrowModel->columns());
    m_borrowView->setColumnWidth(1, 92);
    grid()->addCell(card);
}

PoolsPage::~PoolsPage() = default;

std::vector<ComponentRow> PoolsPage::rows(const Snapshot &snapshot, bool merged) const
{
    QHash<QByteArray, int> instances;
    for (const PoolRow &row : snapshot.pools) {
        if (!row.instanceId.isEmpty() && !row.stale)
            ++instances[row.pool];
    }
    const InstanceNames names(snapshot.instances);
    std::vector<ComponentRow> result;
    for (const PoolRow &row : snapshot.pools) {
        if (row.instanceId.isEmpty() != merged)
            continue;
        const QString name = merged ? QString() : names.name(row.instanceId, row.service);
        TableCell used{toValue(row.used)};
        if (row.used && row.limit && *row.limit > 0) {
            used.share = static_cast<double>(*row.used) / *row.limit;
            used.tip = tr("%1 of %2 (%3)").arg(*row.used).arg(*row.limit).arg(formatText(used.share, Unit::Ratio));
        }
        result.push_back({row.pool, row.instanceId, name, row.stale, static_cast<double>(row.used.value_or(0)),
                          {
                              {QString::fromUtf8(row.pool)},
                              merged ? countCell(instances.value(row.pool))
                                     : TableCell{name, Unknown, QString(name + QLatin1Char('\n') + QString::fromUtf8(row.instanceId))},
                              used,
                              {toValue(row.idle)},
                              {toValue(row.overflow)},
                              {toValue(row.limit)},
                              {toValue(row.pending)},
                              {toValue(row.waitP95)},
                              {toValue(row.timeoutsPerSecond)},
                              {toValue(row.createP95)},
                          }});
    }
    return result;
}

const PoolRow *PoolsPage::selectedRow(const Snapshot &snapshot) const
{
    const auto row = std::find_if(snapshot.pools.begin(), snapshot.pools.end(), [this](const PoolRow &candidate) {
        return candidate.pool == component() && candidate.instanceId == instanceId();
    });
    return row == snapshot.pools.end() ? nullptr : &*row;
}

std::vector<ChartLimit> PoolsPage::limits(const Snapshot &snapshot, Measure measure) const
{
    const PoolRow *const row = selectedRow(snapshot);
    if (!row || measure != Measure::PoolUsed || !row->limit)
        return {};
    std::vector<ChartLimit> lines{{toValue(row->limit), tr("limit %1").arg(*row->limit)}};
    if (row->size && *row->size != *row->limit)
        lines.push_back({toValue(row->size), tr("size %1").arg(*row->size)});
    return lines;
}

void PoolsPage::updateDetails(const Snapshot &snapshot)
{
    const PoolRow *const row = selectedRow(snapshot);
    std::vector<TableRow> borrows;
    if (row) {
        for (const BorrowInfo &borrow : row->longestBorrows) {
            borrows.push_back({borrow.borrower + QChar(u'\x1f') + QString::number(borrows.size()),
                               {{borrow.borrower}, {std::chrono::duration<double>(borrow.age).count()}},
                               row->stale || snapshot.isLost()});
        }
    }
    m_borrowNote->setText(borrows.empty() ? tr("No connection is held at the moment") : QString());
    m_borrowNote->setVisible(borrows.empty());
    m_borrowView->setVisible(!borrows.empty());
    m_borrowModel->setRows(std::move(borrows));
}

} // namespace InfraConsole
