// SPDX-License-Identifier: GPL-3.0-or-later
#include "eventtable.h"

#include "widgets/values.h"

#include <QCoreApplication>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::EventTable)
};

} // namespace

QString eventKindName(EventKind kind)
{
    switch (kind) {
    case EventKind::Invalidation: return Text::tr("Invalidation");
    case EventKind::InstanceStarted: return Text::tr("Start");
    case EventKind::InstanceStopped: return Text::tr("Stop");
    case EventKind::HealthChanged: return Text::tr("Health");
    case EventKind::StoreLost: return Text::tr("Store lost");
    case EventKind::StoreRecovered: return Text::tr("Store back");
    case EventKind::ServiceEdited: return Text::tr("Service edited");
    case EventKind::Other: break;
    }
    return Text::tr("Note");
}

std::vector<TableColumn> eventColumns()
{
    using Kind = TableColumn::Kind;
    return {
        {Text::tr("When"), Kind::Moment, Unit::Count, Text::tr("When it happened"), QStringLiteral("at"), false},
        {Text::tr("Kind"), Kind::Text, Unit::Count, Text::tr("What kind of event"), QStringLiteral("kind"), false},
        {Text::tr("Subject"), Kind::Text, Unit::Count, Text::tr("The region, service or store it is about"), QStringLiteral("subject"), false},
        {Text::tr("What happened"), Kind::Text, Unit::Count, {}, QStringLiteral("text"), true},
        {Text::tr("By"), Kind::Text, Unit::Count, Text::tr("Who did it or wrote it down"), QStringLiteral("actor"), false},
    };
}

std::vector<TableRow> eventRows(const std::vector<EventRow> &events, std::size_t limit)
{
    std::vector<TableRow> rows;
    rows.reserve(std::min(events.size(), limit));
    for (const EventRow &event : events) {
        if (rows.size() == limit)
            break;
        //: Who wrote an event.
        const QString actor = event.actor.isEmpty() ? Text::tr("unknown process") : event.actor;
        rows.push_back({QString::number(event.id),
                        {
                            {toDateTime(event.at)},
                            {eventKindName(event.kind)},
                            {event.subject},
                            {event.text, Unknown, event.text},
                            {actor, Unknown, actor},
                        },
                        false});
    }
    return rows;
}

} // namespace InfraConsole
