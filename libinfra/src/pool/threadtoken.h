// SPDX-License-Identifier: MIT
#pragma once

namespace Infra::Detail {

class PoolCore;
struct ParkingHint;

// Thread safety: all members may be called from any thread at once.
//
// Names the threads that borrow. A token is unique among living threads; when its thread ends, every pool is
// told, in that thread, before the token can be used again.
class ThreadToken
{
public:
    using Id = const void *;

    // The calling thread's token; from the first call on its end is watched.
    [[nodiscard]] static Id current() noexcept
    {
        return s_id ? s_id : watch();
    }

    // What the calling thread remembers; null before current() and while the thread ends.
    [[nodiscard]] static ParkingHint *hint() noexcept { return s_hint; }

    // Which pools are told: this process's, so a forked child begins with none. remove() returns only when no call
    // into `core` is in progress.
    static void add(PoolCore *core);
    static void remove(PoolCore *core) noexcept;

private:
    static Id watch() noexcept;
    static constinit thread_local Id s_id;
    static constinit thread_local ParkingHint *s_hint;
    friend struct ThreadEnd;
};

} // namespace Infra::Detail
