// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArrayList>

#include <chrono>
#include <optional>

namespace Infra {

// Thread safety: a value.
//
// How one entry lives, and how its factory is treated. What an instance of a cache uses when a call names
// none is CacheOptions::entry. A duration is 0 to 100 years; one outside, or options that contradict each other, are
// Error InvalidArgument.
struct EntryOptions
{
    // From set() to expiry. Expiry is kept as an absolute UTC time and goes with the entry through both tiers.
    // Zero: never expires. Shorter: fresher values, more loads. Negative is refused.
    std::chrono::milliseconds timeToLive{0};
    // Up to this much, uniformly drawn, is taken off timeToLive, so entries that were set together do not
    // expire together; an entry never outlives timeToLive. Must be shorter than timeToLive. Zero (the default): none.
    std::chrono::milliseconds jitter{0};
    // Names by which Target::tag() finds the entry: 1 to 256 bytes each, no control characters, at most 64.
    // A tag costs one more row in the store.
    QByteArrayList tags;

    // How long the answer "there is no such thing" is kept when a factory returns no value. Zero (the default):
    // it is not kept, every call asks the factory again. Either way it replaces the value that was there, expired or due.
    std::chrono::milliseconds negativeTimeToLive{0};
    // Fail-safe: for so long after expiry the stale value may be served when the factory fails, throws or is late.
    // Zero (the default): an expired value is never served. Longer: fewer failures, older values.
    std::chrono::milliseconds failSafe{0};
    // Served stale by fail-safe, the factory is not asked again for this long, so that a broken source is not
    // hammered and callers do not wait for it in turn.
    std::chrono::milliseconds failSafeThrottle{1000};

    // With a stale value at hand getOrCompute() waits only so long for the factory, then serves the stale value
    // while the factory goes on in the background. Zero (the default): no soft limit. Needs failSafe.
    std::chrono::milliseconds softFactoryTimeout{0};
    // getOrCompute() gives up on the factory after this: the stale value under fail-safe, else Error Timeout. The
    // factory goes on; what it returns later is stored unless its key was changed meanwhile. Zero (the default):
    // none but the call's deadline.
    // Note: with either timeout set the factory runs on a thread of the cache and may outlive the call: it must
    // own what it uses (capture by value).
    std::chrono::milliseconds hardFactoryTimeout{0};

    // When a getOrCompute() hits an entry past this fraction of its life, one load is started in the background and
    // the value at hand is returned: frequently used entries are never waited for. Above 0, for example 0.8, at most 1;
    // 1 (the default): off. The factory then runs on a thread of the cache, as above.
    double eagerRefresh = 1.0;
};

} // namespace Infra
