// SPDX-License-Identifier: MIT
#pragma once

namespace Infra::Detail {

// Thread safety: any thread.
//
// A small number for the calling thread, different from every other living thread's and given out again
// after the thread ended: for arrays with a place for each thread. NoThreadIndex for threads beyond
// MaximumThreadIndices and late in a thread's destruction.
inline constexpr int MaximumThreadIndices = 256;
inline constexpr int NoThreadIndex = -1;

int acquireThreadIndex() noexcept;

// initial-exec: one instruction instead of a call, also inside a shared library.
extern thread_local constinit int t_threadIndex __attribute__((tls_model("initial-exec")));

inline int currentThreadIndex() noexcept
{
    const int index = t_threadIndex;
    return index > 0 ? index - 1 : acquireThreadIndex();
}

} // namespace Infra::Detail
