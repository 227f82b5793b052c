// SPDX-License-Identifier: MIT
#include <infra/journal.h>

#include "eventcodec.h"
#include "telemetrychannel.h"

namespace Infra {

struct Journal::Private
{
    std::shared_ptr<Detail::TelemetryChannel> channel;
    const Clock &clock;
};

namespace {

tl::unexpected<Error> keepsNoJournal()
{
    return failure(Error::Kind::Unavailable, QStringLiteral("journal: this store keeps none"));
}

} // namespace

Journal::Journal(std::shared_ptr<Detail::TelemetryChannel> channel, const Clock &clock)
    : d(std::make_unique<Private>(Private{std::move(channel), clock}))
{
}

Journal::~Journal() = default;

Result<std::uint64_t> Journal::append(JournalEvent event, Deadline deadline)
{
    if (d->channel == nullptr)
        return keepsNoJournal();
    Detail::EventRow row;
    row.at = event.at == SystemTime{} ? d->clock.systemNow() : event.at;
    row.instanceId = std::move(event.instanceId);
    row.payload = Detail::encodeEvent(event.body);
    return d->channel->appendEvent(row, deadline);
}

Result<JournalPage> Journal::read(std::uint64_t after, int limit, Deadline deadline) const
{
    if (limit < 1 || limit > 10'000) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("journal: limit %1 is outside 1 to 10,000").arg(limit));
    }
    if (d->channel == nullptr)
        return keepsNoJournal();
    auto rows = d->channel->events(after, limit, deadline);
    if (!rows)
        return failure(std::move(rows.error()));
    JournalPage page;
    page.next = after;
    page.more = rows->size() >= static_cast<std::size_t>(limit);
    page.events.reserve(rows->size());
    for (Detail::EventRow &row : *rows) {
        page.next = std::max(page.next, row.position);
        auto body = Detail::decodeEvent(row.payload);
        if (!body) {
            ++page.unreadable;
            continue;
        }
        page.events.push_back({row.position, row.at, std::move(row.instanceId), std::move(*body)});
    }
    return page;
}

} // namespace Infra
