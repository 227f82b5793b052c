// SPDX-License-Identifier: MIT
#include "loadlockfile.h"

#include <fcntl.h>

#include <algorithm>

namespace Infra::Detail {

namespace {

// Behind the bytes that SessionKeeper uses.
constexpr std::int64_t FirstLoadByte = 16;
// A holder that died wakes nobody; this is how soon it is noticed.
constexpr std::chrono::milliseconds DeadHolderInterval{20};

class RangeLoadLock final : public LoadLock
{
public:
    RangeLoadLock(FileDescriptor descriptor, std::int64_t offset, CoherenceFile &coherence)
        : m_descriptor(std::move(descriptor)), m_offset(offset), m_coherence(coherence)
    {
    }
    ~RangeLoadLock() override
    {
        unlockRange(m_descriptor.get(), m_offset, 1);
        m_coherence.announceLoadEnd();
    }

private:
    FileDescriptor m_descriptor; // Its own: a lock belongs to the open file, so threads exclude each other too.
    std::int64_t m_offset;
    CoherenceFile &m_coherence;
};

} // namespace

Result<std::unique_ptr<LoadLock>> lockLoadRange(const StoreContext &context, CoherenceFile &coherence, std::uint32_t regionId,
                                                std::uint64_t keyHash, SteadyTime deadline)
{
    auto descriptor = FileDescriptor::open(context.paths.locksFile, O_RDWR | O_CREAT);
    if (!descriptor)
        return failure(descriptor.error());
    const std::uint64_t mixed = (keyHash ^ (std::uint64_t{regionId} << 32)) * 0x9e3779b97f4a7c15ULL;
    const auto offset = FirstLoadByte + static_cast<std::int64_t>(mixed >> 2);
    for (;;) {
        const std::uint32_t seen = coherence.loadEnds();
        auto locked = tryLockRange(descriptor->get(), LockMode::Exclusive, offset, 1);
        if (!locked)
            return failure(locked.error());
        if (*locked)
            return std::make_unique<RangeLoadLock>(std::move(*descriptor), offset, coherence);
        const SteadyTime now = context.clock.steadyNow();
        if (now >= deadline)
            return std::unique_ptr<LoadLock>();
        const std::chrono::nanoseconds remaining = deadline == SteadyTime::max() ? DeadHolderInterval : deadline - now;
        coherence.waitForLoadEnd(seen, std::min<std::chrono::nanoseconds>(remaining, DeadHolderInterval));
    }
}

} // namespace Infra::Detail
