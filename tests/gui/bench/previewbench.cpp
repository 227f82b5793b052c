// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"

#include <infra/cachestore.h>

#include <algorithm>
#include <thread>

namespace InfraBench {

using namespace std::chrono_literals;
using Infra::Target;

int measurePreview(const Scale &scale)
{
    const FilledStore files(scale.rows);
    Infra::StoreOptions options;
    options.url = files.url();
    options.accessMode = Infra::StoreOptions::AccessMode::Existing;
    auto store = Infra::CacheStore::open(options);
    if (!store)
        die(store.error().message);
    std::this_thread::sleep_for(3s); // What has expired is culled by then.
    struct Case
    {
        const char *name;
        Target target;
        std::uint64_t entries;
    };
    const auto regions = (*store)->regions(30s);
    if (!regions || regions->empty())
        die(QStringLiteral("no region"));
    // Entries that have expired go when they are overwritten or culled, or are not taken at all.
    const std::uint64_t all = regions->front().entries;
    const Case cases[] = {
        {"region", Target::region(), all},
        {"everything", Target::everything(), all},
        {"prefix of all", Target::prefix("order:"), all},
        {"prefix of a tenth", Target::prefix("order:01"), 0},
        {"pattern over all, matching a thousandth", Target::glob("*:*123"), 0},
        {"pattern over all, matching all", Target::glob("*:*"), all},
        {"tag of all", Target::tag("order"), all},
        {"tag of a tenth", Target::tag("vip"), static_cast<std::uint64_t>(scale.rows + 9) / 10},
        {"expired", Target::expired(), 0},
    };
    bool isWrong = false;
    for (const Case &each : cases) {
        InfraTest::Samples took;
        std::uint64_t counted = 0;
        for (int round = 0; round < 5; ++round) {
            const double seconds = timed([&] {
                const auto preview = (*store)->preview("orders", each.target, 30s);
                if (!preview)
                    die(preview.error().message);
                counted = preview->entries;
            });
            took.values.push_back(1000 * seconds);
        }
        const bool exact = each.entries == 0 || counted == each.entries;
        figures().addAbsolute(QStringLiteral("preview, ") + QLatin1String(each.name), took, QStringLiteral("ms"), 300,
                              InfraTest::Figures::Bound::AtMost);
        if (!exact)
            figures().note(QStringLiteral("WRONG: %1: %2 entries counted, not %3").arg(QLatin1String(each.name)).arg(counted).arg(each.entries));
        isWrong = isWrong || !exact;
    }
    std::atomic<bool> cancelled = false;
    double latency = 0;
    std::thread canceller([&] {
        std::this_thread::sleep_for(40ms);
        cancelled = true;
        latency = static_cast<double>(std::chrono::steady_clock::now().time_since_epoch().count());
    });
    const auto preview = (*store)->preview("orders", Target::glob("*:*123"), 30s, &cancelled);
    const auto ended = static_cast<double>(std::chrono::steady_clock::now().time_since_epoch().count());
    canceller.join();
    if (preview)
        figures().note(QStringLiteral("the count that was to be cancelled had ended before"));
    else
        add(QStringLiteral("cancelling a preview"), std::max(0.0, ended - latency) / 1e6, "ms");
    return isWrong ? 1 : 0;
}

} // namespace InfraBench
