// SPDX-License-Identifier: GPL-3.0-or-later
#include "eventlog.h"

#include <infra/journal.h>

#include <QCoreApplication>
#include <QHash>
#include <QLocale>

#include <algorithm>
#include <iterator>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::EventLog)
};

QString quoted(const QByteArray &bytes)
{
    constexpr qsizetype limit = 60;
    const QString text = QString::fromUtf8(bytes.left(4 * limit));
    return QStringLiteral("“%1”").arg(text.size() > limit ? text.left(limit) + QStringLiteral("…") : text);
}

QString targetText(const Infra::InvalidationEvent &event)
{
    const QString region = QString::fromUtf8(event.region);
    switch (event.target) {
    case Infra::Target::Kind::Key: return Text::tr("key %1 of %2").arg(quoted(event.text), region);
    case Infra::Target::Kind::Keys: return Text::tr("chosen keys of %1").arg(region);
    case Infra::Target::Kind::Prefix: return Text::tr("keys of %2 beginning with %1").arg(quoted(event.text), region);
    case Infra::Target::Kind::Glob: return Text::tr("keys of %2 like %1").arg(quoted(event.text), region);
    case Infra::Target::Kind::Tag: return Text::tr("tag %1 of %2").arg(quoted(event.text), region);
    case Infra::Target::Kind::Expired: return Text::tr("expired entries of %1").arg(region);
    case Infra::Target::Kind::Region: return Text::tr("region %1").arg(region);
    case Infra::Target::Kind::Everything: break;
    }
    return Text::tr("every region");
}

struct Describe
{
    EventRow &row;
    const QString &writer;

    void operator()(const Infra::InvalidationEvent &event) const
    {
        row.kind = EventKind::Invalidation;
        row.actor = event.actor;
        // A service that drops single keys or tags as its data changes would cover every chart with marks.
        const bool isNarrow = event.target == Infra::Target::Kind::Key || event.target == Infra::Target::Kind::Keys
            || event.target == Infra::Target::Kind::Tag || event.target == Infra::Target::Kind::Expired;
        row.routine = isNarrow && !event.actor.endsWith(QStringLiteral("(infra-console)"));
        row.subject = event.region.isEmpty() ? Text::tr("every region") : QString::fromUtf8(event.region);
        row.text = Text::tr("Invalidated %1: %2.")
                       .arg(targetText(event),
                            event.entries == 1
                                ? Text::tr("1 entry")
                                : Text::tr("%1 entries").arg(QLocale().toString(static_cast<qulonglong>(event.entries))));
    }
    void operator()(const Infra::InstanceEvent &event) const
    {
        const bool started = event.change == Infra::InstanceEvent::Change::Started;
        row.kind = started ? EventKind::InstanceStarted : EventKind::InstanceStopped;
        row.subject = event.service;
        // It speaks of itself, whether or not its telemetry was read yet or still.
        if (row.actor.isEmpty())
            row.actor = writerName(event.service, event.processId);
        const QString version = event.version.isEmpty() ? QString() : Text::tr(", version %1").arg(event.version);
        row.text = (started ? Text::tr("%1 started (pid %2%3).") : Text::tr("%1 stopped (pid %2%3)."))
                       .arg(event.service)
                       .arg(event.processId)
                       .arg(version);
    }
    void operator()(const Infra::HealthChangeEvent &event) const
    {
        row.kind = EventKind::HealthChanged;
        row.subject = event.service;
        row.severity = event.to == QStringLiteral("down") || event.to == QStringLiteral("unreachable") ? Severity::Critical
            : event.to == QStringLiteral("degraded")                                                  ? Severity::Warning
                                                                                                      : Severity::Information;
        row.text = event.reason.isEmpty()
            ? Text::tr("%1 sees %2 as %3.").arg(writer.isEmpty() ? Text::tr("A process") : writer, event.service, event.to)
            : Text::tr("%1 sees %2 as %3: %4")
                  .arg(writer.isEmpty() ? Text::tr("A process") : writer, event.service, event.to, event.reason);
    }
    void operator()(const Infra::NoteEvent &event) const
    {
        row.kind = EventKind::Other;
        row.subject = event.subject;
        row.text = event.text;
        row.severity = event.severity == Infra::NoteEvent::Severity::Problem ? Severity::Critical
            : event.severity == Infra::NoteEvent::Severity::Warning          ? Severity::Warning
                                                                             : Severity::Information;
    }
};

} // namespace

QString writerName(const QString &service, std::int64_t processId)
{
    return QStringLiteral("%1 (pid %2)").arg(service).arg(processId);
}

QString thisConsole()
{
    return Text::tr("this console");
}

EventRow toEventRow(const Infra::JournalEvent &event, const QString &writer)
{
    EventRow row;
    row.at = event.at;
    row.instanceId = event.instanceId;
    row.actor = writer;
    std::visit(Describe{row, writer}, event.body);
    return row;
}

void EventLog::add(EventRow event)
{
    event.id = ++m_lastId;
    std::vector<EventRow> &events = event.routine ? m_routine : m_events;
    const std::size_t limit = event.routine ? RoutineLimit : Limit;
    // Late arrivals go where they belong; equal times keep the order of arrival.
    const auto place = std::find_if(events.begin(), events.end(),
                                    [&event](const EventRow &other) { return other.at <= event.at; });
    events.insert(place, std::move(event));
    if (events.size() > limit)
        events.pop_back();
}

void EventLog::nameWriters(const std::vector<InstanceRow> &instances)
{
    QHash<QByteArray, QString> names;
    for (std::vector<EventRow> *const events : {&m_events, &m_routine}) {
        for (EventRow &event : *events) {
            if (!event.actor.isEmpty() || event.instanceId.isEmpty())
                continue;
            if (names.isEmpty()) {
                for (const InstanceRow &row : instances)
                    names.insert(row.id, writerName(row.service, row.processId));
            }
            event.actor = names.value(event.instanceId);
        }
    }
}

std::vector<EventRow> EventLog::events() const
{
    std::vector<EventRow> all;
    all.reserve(m_events.size() + m_routine.size());
    std::merge(m_events.begin(), m_events.end(), m_routine.begin(), m_routine.end(), std::back_inserter(all),
               [](const EventRow &a, const EventRow &b) { return a.at != b.at ? a.at > b.at : a.id > b.id; });
    return all;
}

std::vector<Mark> EventLog::marks(SystemTime from) const
{
    std::vector<Mark> result;
    for (const EventRow &event : m_events) {
        if (event.at < from)
            break;
        if (event.kind == EventKind::Invalidation || event.kind == EventKind::InstanceStarted
            || event.kind == EventKind::InstanceStopped || event.kind == EventKind::HealthChanged)
            result.push_back({event.at, event.kind, event.text});
    }
    std::reverse(result.begin(), result.end());
    return result;
}

} // namespace InfraConsole
