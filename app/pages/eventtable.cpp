// SPDX-License-Identifier: GPL-3.0-or-later
#include "eventtable.h"

#include "widgets/values.h"

#include <QCoreApplication>

namespace InfraConsole {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("EventTable", text);
}

} // namespace

QString eventKindName(EventKind kind)
{
    switch (kind) {
    case EventKind::Invalidation: return translated("Invalidation");
    case EventKind::InstanceStarted: return translated("Start");
    case EventKind::InstanceStopped: return translated("Stop");
    case EventKind::HealthChanged: return translated("Health");
    case EventKind::StoreLost: return translated("Store lost");
    case EventKind::StoreRecovered: return translated("Store back");
    case EventKind::ServiceEdited: return translated("Service edited");
    case EventKind::Other: break;
    }
    return translated("Note");
}

std::vector<TableColumn> eventColumns()
{
    using Kind = TableColumn::Kind;
    return {
        {translated("When"), Kind::Moment, Unit::Count, translated("When it happened"), QStringLiteral("at"), false},
        {translated("Kind"), Kind::Text, Unit::Count, translated("What kind of event"), QStringLiteral("kind"), false},
        {translated("Subject"), Kind::Text, Unit::Count, translated("The region, service or store it is about"), QStringLiteral("subject"), false},
        {translated("What happened"), Kind::Text, Unit::Count, {}, QStringLiteral("text"), true},
        {translated("By"), Kind::Text, Unit::Count, translated("Who did it or wrote it down"), QStringLiteral("actor"), false},
    };
}

std::vector<TableRow> eventRows(const std::vector<EventRow> &events, std::size_t limit)
{
    std::vector<TableRow> rows;
    rows.reserve(std::min(events.size(), limit));
    for (const EventRow &event : events) {
        if (rows.size() == limit)
            break;
        rows.push_back({QString::number(event.id),
                        {
                            {toDateTime(event.at)},
                            {eventKindName(event.kind)},
                            {event.subject},
                            {event.text, Unknown, event.text},
                            {event.actor, Unknown, event.actor},
                        },
                        false});
    }
    return rows;
}

} // namespace InfraConsole
