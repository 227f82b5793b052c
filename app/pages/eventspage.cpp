// SPDX-License-Identifier: GPL-3.0-or-later
#include "eventspage.h"

#include "models/tablemodel.h"
#include "pages/eventtable.h"
#include "session/eventlog.h"
#include "widgets/datatable.h"
#include "widgets/icons.h"

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QVBoxLayout>

namespace InfraConsole {

EventsPage::EventsPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(PageId::Events, tr("Events"), pageSession, pageView, parent)
{
    setWhatsThis(tr("<b>Events</b><p>What the processes wrote into the store's journal and what this console has seen: invalidations, starts, stops, "
                    "changes of health. Enter shows the moment in the charts. Of what services invalidate at their daily work the newest %1 are listed, of "
                    "everything else the newest %2.</p>")
                     .arg(locale().toString(EventLog::RoutineLimit), locale().toString(EventLog::Limit)));
    m_model = new TableModel(eventColumns(), this);
    m_table = new DataTable(tr("Events"), m_model);
    m_table->setObjectName(QStringLiteral("eventTable"));
    m_table->setEmptyText(tr("Nothing has happened yet"),
                          tr("Invalidations, starts, stops and changes of health are listed here."));
    m_table->sortBy(0, Qt::DescendingOrder);

    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Kind of events"));
    m_kind->setToolTip(tr("Show one kind of events only"));
    m_kind->addItem(tr("All kinds"), -1);
    for (const EventKind kind : {EventKind::Invalidation, EventKind::HealthChanged, EventKind::InstanceStarted,
                                 EventKind::InstanceStopped, EventKind::StoreLost, EventKind::Other})
        m_kind->addItem(eventKindName(kind), static_cast<int>(kind));
    m_table->addTool(m_kind);

    m_show = new QAction(icon(QStringLiteral("chart")), tr("Show in the charts"), this);
    m_table->addRowAction(m_show);

    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_table);

    connect(m_kind, &QComboBox::currentIndexChanged, this, &EventsPage::fill);
    connect(m_table, &DataTable::activated, m_show, &QAction::trigger);
    connect(m_show, &QAction::triggered, this, [this] {
        if (!m_snapshot)
            return;
        const std::uint64_t id = m_table->currentIdentity().toULongLong();
        for (const EventRow &event : m_snapshot->events) {
            if (event.id != id)
                continue;
            const bool isRegion = event.kind == EventKind::Invalidation;
            const bool isService = event.kind == EventKind::HealthChanged || event.kind == EventKind::InstanceStarted
                || event.kind == EventKind::InstanceStopped;
            Q_EMIT linkActivated(isRegion ? PageId::Caches : isService ? PageId::Services : PageId::Overview,
                                 event.subject, event.at);
            return;
        }
    });
}

EventsPage::~EventsPage() = default;

void EventsPage::setSnapshot(const SnapshotPointer &snapshot)
{
    m_snapshot = snapshot;
    fill();
}

void EventsPage::fill()
{
    if (!m_snapshot)
        return;
    const int kind = m_kind->currentData().toInt();
    std::vector<EventRow> events;
    for (const EventRow &event : m_snapshot->events) {
        if (kind < 0 || static_cast<int>(event.kind) == kind)
            events.push_back(event);
    }
    m_table->setRows(eventRows(events, events.size()));
}

void EventsPage::showSubject(const QString &subject)
{
    m_kind->setCurrentIndex(0);
    m_table->filterField()->setText(subject);
}

QWidget *EventsPage::filterField() const
{
    return m_table->filterField();
}

std::vector<ExportItem> EventsPage::exportItems() const
{
    return {{tr("Events"), {QStringLiteral("csv"), QStringLiteral("json")},
             [this](const QString &suffix) { return m_table->exported(suffix); }}};
}

QList<QAction *> EventsPage::pageActions() const
{
    return {m_show};
}

bool EventsPage::isReadyForCapture() const
{
    return m_model->rowCount() > 0;
}

} // namespace InfraConsole
