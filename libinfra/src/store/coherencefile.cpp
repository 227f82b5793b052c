// SPDX-License-Identifier: MIT
#include "coherencefile.h"

#include "coherencelayout.h"
#include "keyhash.h"
#include "sharedwait.h"

#include <QFile>
#include <QRandomGenerator>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

namespace Infra::Detail {

namespace {

// A word is a 44-bit count, odd while in flight, below 20 bits that check it.
constexpr int CountBits = 44;
constexpr std::uint64_t CountMask = (std::uint64_t{1} << CountBits) - 1;
constexpr std::uint64_t RetiredWord = ~std::uint64_t{0};
constexpr std::chrono::milliseconds ImpatienceLifetime{50};
// Until then whoever finds the lock free takes it: a waiter needs some time to wake up, in which the lock would lie idle.
constexpr std::chrono::milliseconds Patience{2};

std::uint64_t encodeWord(std::uint64_t count, std::uint64_t salt) noexcept
{
    count &= CountMask;
    std::uint64_t mixed = (count ^ salt) * 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
    return (mixed & ~CountMask) | count;
}

QByteArray bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    const XXH128_hash_t hash = XXH3_128bits(text.constData(), static_cast<std::size_t>(text.size()));
    return QByteArray(reinterpret_cast<const char *>(&hash), sizeof(hash));
}

std::uint64_t headerChecksum(const CoherenceHeader &header)
{
    return XXH3_64bits(&header, offsetof(CoherenceHeader, checksum));
}

std::uint64_t inodeCheck(std::uint64_t inode, std::uint64_t salt)
{
    return XXH3_64bits_withSeed(&inode, sizeof(inode), salt);
}

std::uint64_t recordChecksum(const CoherenceRecord &record)
{
    const std::size_t begin = offsetof(CoherenceRecord, rowChecksum);
    const std::size_t end = offsetof(CoherenceRecord, key) + std::min<std::size_t>(record.keyLength, CommitRecord::MaximumKey);
    return XXH3_64bits(reinterpret_cast<const char *>(&record) + begin, end - begin);
}

// None for a record that somebody was writing when he died.
std::optional<CommitRecord> decodeRecord(const CoherenceRecord &record)
{
    if (record.keyLength > CommitRecord::MaximumKey || record.checksum != recordChecksum(record) || record.kind > 2)
        return std::nullopt;
    return CommitRecord{static_cast<CommitRecord::Kind>(record.kind), record.regionId, record.rowChecksum,
                        QByteArray(record.key, static_cast<qsizetype>(record.keyLength))};
}

void encodeRecord(CoherenceRecord &slot, const CommitRecord &record)
{
    slot.checksum = 0;
    const bool fits = record.key.size() <= CommitRecord::MaximumKey;
    slot.kind = static_cast<std::uint32_t>(fits ? record.kind : CommitRecord::Kind::Unknown);
    slot.regionId = record.regionId;
    slot.rowChecksum = record.rowChecksum;
    slot.keyLength = fits ? static_cast<std::uint32_t>(record.key.size()) : 0;
    std::memcpy(slot.key, record.key.constData(), slot.keyLength);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot.checksum = recordChecksum(slot);
}

bool isSoundHeader(const CoherenceHeader &header)
{
    return std::memcmp(header.magic, CoherenceMagic, sizeof(CoherenceMagic)) == 0
        && header.checksum == headerChecksum(header) && header.stripeCount == CoherenceFile::StripeCount
        && header.regionCount == CoherenceFile::RegionCount;
}

} // namespace

Result<std::shared_ptr<CoherenceFile>> CoherenceFile::open(const QByteArray &path)
{
    auto descriptor = FileDescriptor::open(path, O_RDWR);
    if (!descriptor)
        return failure(descriptor.error());
    const FileIdentity identity = FileIdentity::of(descriptor->get());
    CoherenceHeader header;
    const QString name = QString::fromLocal8Bit(path);
    if (identity.size != static_cast<std::int64_t>(CoherenceBytes)
        || ::pread(descriptor->get(), &header, sizeof(header), 0) != static_cast<ssize_t>(sizeof(header)))
        return failure(Error::Kind::Corrupt, name + QStringLiteral(" has the wrong size"));
    if (!isSoundHeader(header))
        return failure(Error::Kind::Corrupt, name + QStringLiteral(" has a damaged header"));
    if (header.version > CoherenceVersion)
        return failure(Error::Kind::Incompatible, name + QStringLiteral(" was written by a newer version"));
    auto file = MappedFile::map(descriptor->get(), CoherenceBytes);
    if (!file)
        return failure(file.error());
    std::shared_ptr<CoherenceFile> opened(new CoherenceFile(std::move(*descriptor), std::move(*file), identity));
    if (!opened->isValid(opened->epoch()) || !opened->isValid(opened->commitCounter()))
        return failure(Error::Kind::Corrupt, name + QStringLiteral(" has damaged words"));
    return opened;
}

Result<std::shared_ptr<CoherenceFile>> CoherenceFile::create(const QByteArray &path, const QByteArray &storeId, std::uint64_t databaseInode)
{
    std::vector<std::uint64_t> image(CoherenceBytes / sizeof(std::uint64_t), 0);
    auto *bytes = reinterpret_cast<char *>(image.data());
    CoherenceHeader header = {};
    std::memcpy(header.magic, CoherenceMagic, sizeof(CoherenceMagic));
    header.version = CoherenceVersion;
    header.stripeCount = StripeCount;
    header.regionCount = RegionCount;
    std::memcpy(header.storeId, storeId.constData(),
                std::min(sizeof(header.storeId), static_cast<std::size_t>(storeId.size())));
    std::memcpy(header.bootId, bootId().constData(), sizeof(header.bootId));
    header.salt = QRandomGenerator::system()->generate64();
    header.checksum = headerChecksum(header);
    std::memcpy(bytes, &header, sizeof(header));
    // A random even start: a stamp from another file never equals.
    const std::uint64_t first = QRandomGenerator::system()->generate64() & (CountMask >> 1) & ~std::uint64_t{1};
    const std::uint64_t word = encodeWord(first, header.salt);
    std::fill(image.begin() + CoherenceRegionOffset / 8, image.end(), word);
    const auto put = [&](std::size_t offset, std::uint64_t value) {
        std::memcpy(bytes + CoherenceControlOffset + offset, &value, sizeof(value));
    };
    put(offsetof(CoherenceControl, commitCounter), word);
    put(offsetof(CoherenceControl, epoch), word);
    put(offsetof(CoherenceControl, logBytes), ~std::uint64_t{0});
    put(offsetof(CoherenceControl, databaseInode), databaseInode);
    put(offsetof(CoherenceControl, databaseCheck), inodeCheck(databaseInode, header.salt));

    const QByteArray temporary = path + '.' + QByteArray::number(QRandomGenerator::system()->generate64(), 36);
    auto descriptor = FileDescriptor::open(temporary, O_RDWR | O_CREAT | O_EXCL);
    if (!descriptor)
        return failure(descriptor.error());
    const auto abandon = [&](const QString &doing) {
        const int number = errno;
        ::unlink(temporary.constData());
        return failure(errorFromErrno(number, doing + QString::fromLocal8Bit(path)));
    };
    const ssize_t written = ::write(descriptor->get(), bytes, CoherenceBytes);
    if (written != static_cast<ssize_t>(CoherenceBytes)) {
        if (written >= 0)
            errno = ENOSPC;
        return abandon(QStringLiteral("writing "));
    }
    auto file = MappedFile::map(descriptor->get(), CoherenceBytes);
    if (!file) {
        ::unlink(temporary.constData());
        return failure(file.error());
    }
    const FileIdentity identity = FileIdentity::of(descriptor->get());
    if (::rename(temporary.constData(), path.constData()) != 0)
        return abandon(QStringLiteral("replacing "));
    return std::shared_ptr<CoherenceFile>(new CoherenceFile(std::move(*descriptor), std::move(*file), identity));
}

CoherenceFile::CoherenceFile(FileDescriptor descriptor, std::unique_ptr<MappedFile> file, const FileIdentity &identity)
    : m_descriptor(std::move(descriptor)), m_file(std::move(file)), m_identity(identity),
      m_header(reinterpret_cast<const CoherenceHeader *>(m_file->data())),
      m_control(reinterpret_cast<CoherenceControl *>(m_file->data() + CoherenceControlOffset)), m_salt(m_header->salt)
{
    m_marked.reserve(64);
}

CoherenceFile::~CoherenceFile() = default;

QByteArray CoherenceFile::storeId() const
{
    return QByteArray(reinterpret_cast<const char *>(m_header->storeId), sizeof(m_header->storeId));
}

bool CoherenceFile::isOfThisBoot() const
{
    return bootId() == QByteArray::fromRawData(reinterpret_cast<const char *>(m_header->bootId), sizeof(m_header->bootId));
}

void CoherenceFile::retire() noexcept
{
    // Through the mapping, so that every other process which has this file mapped sees it too. move() leaves words that
    // are not valid, so nobody who is in a change meanwhile, or repairs one, brings them back. Also when pages are lost:
    // others may not have touched one of those, and trust the rest.
    auto *words = reinterpret_cast<std::atomic<std::uint64_t> *>(m_file->data() + CoherenceControlOffset);
    for (std::size_t i = 0; i < (CoherenceBytes - CoherenceControlOffset) / sizeof(std::uint64_t); ++i)
        words[i].store(RetiredWord, std::memory_order_release);
    m_file->retire();
    m_descriptor.close();
}

std::uint64_t CoherenceFile::encode(std::uint64_t count) const noexcept
{
    return encodeWord(count, m_salt);
}

bool CoherenceFile::isValid(std::uint64_t word) const noexcept
{
    return word != RetiredWord && encodeWord(word & CountMask, m_salt) == word;
}

std::atomic<std::uint64_t> &CoherenceFile::stripe(std::uint64_t keyHash) const noexcept
{
    auto *words = reinterpret_cast<std::atomic<std::uint64_t> *>(m_file->data() + CoherenceStripeOffset);
    return words[keyHash & (StripeCount - 1)];
}

std::atomic<std::uint64_t> &CoherenceFile::region(std::uint32_t regionId) const noexcept
{
    auto *words = reinterpret_cast<std::atomic<std::uint64_t> *>(m_file->data() + CoherenceRegionOffset);
    return words[regionId & (RegionCount - 1)];
}

std::atomic<std::uint64_t> &CoherenceFile::loads(std::uint32_t regionId) const noexcept
{
    auto *words = reinterpret_cast<std::atomic<std::uint64_t> *>(m_file->data() + CoherenceLoadsOffset);
    return words[regionId & (RegionCount - 1)];
}

CoherenceView CoherenceFile::view(std::uint32_t regionId) const noexcept
{
    return CoherenceView(&stripe(0), StripeCount - 1, &region(regionId));
}

CoherenceStamp CoherenceFile::capture(std::uint32_t regionId, std::uint64_t keyHash) const noexcept
{
    const CoherenceStamp stamp{stripe(keyHash).load(std::memory_order_acquire),
                               region(regionId).load(std::memory_order_acquire)};
    return isValid(stamp.stripe) && isValid(stamp.region) ? stamp : CoherenceStamp{1, 1};
}

CoherenceStamp CoherenceFile::captureBefore(std::uint32_t regionId, std::uint64_t keyHash) const noexcept
{
    CoherenceStamp stamp = capture(regionId, keyHash);
    if ((stamp.stripe & 1) != 0 && isValid(stamp.stripe))
        stamp.stripe = encode((stamp.stripe & CountMask) - 1);
    return stamp;
}

std::uint64_t CoherenceFile::regionLoads(std::uint32_t regionId) const noexcept
{
    return loads(regionId).load(std::memory_order_acquire);
}

std::uint64_t CoherenceFile::commitCounter() const noexcept
{
    return m_control->commitCounter.load(std::memory_order_acquire);
}

std::uint64_t CoherenceFile::epoch() const noexcept
{
    return m_control->epoch.load(std::memory_order_acquire);
}

bool CoherenceFile::isSound() const noexcept
{
    bool sound = !isLost() && isSoundHeader(*m_header) && m_header->salt == m_salt && isValid(epoch()) && isValid(commitCounter());
    for (std::uint32_t i = 0; i < RegionCount && sound; ++i)
        sound = isValid(region(i).load(std::memory_order_relaxed)) && isValid(loads(i).load(std::memory_order_relaxed));
    for (std::uint64_t i = 0; i < StripeCount && sound; ++i)
        sound = isValid(stripe(i).load(std::memory_order_relaxed));
    return sound;
}

bool CoherenceFile::isWriterActive() const noexcept
{
    return m_control->writerActive.load(std::memory_order_acquire) != 0;
}

bool CoherenceFile::isQueueImpatient(SteadyTime now) const noexcept
{
    const SteadyTime last{std::chrono::nanoseconds(m_control->lastImpatience.load(std::memory_order_relaxed))};
    // Nothing is taken off what the file says: it may be damaged, and the difference not fit.
    return last <= now && last > now - ImpatienceLifetime;
}

Result<bool> CoherenceFile::lockWriter(const Clock &clock, SteadyTime deadline, const std::function<void()> &whileWaiting)
{
    const auto tryLock = [this] { return tryLockRange(m_descriptor.get(), LockMode::Exclusive, 0, 1); };
    // What processes tell each other is in the machine's time, not in an injected one's.
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const SteadyTime came = now();
    bool mayTry = !isQueueImpatient(came);
    if (mayTry) {
        auto locked = tryLock();
        if (!locked || *locked)
            return locked;
    }
    bool isImpatient = false;
    for (;;) {
        m_control->lockIsAwaited.store(1);
        const std::uint32_t releases = m_control->lockReleases.load();
        // Whoever let it go before it could know that it is awaited wakes nobody.
        if (mayTry) {
            auto locked = tryLock();
            if (!locked || *locked) {
                if (isImpatient)
                    m_control->lastImpatience.store(0, std::memory_order_relaxed);
                return locked;
            }
        }
        const SteadyTime current = clock.steadyNow();
        if (isLost())
            return failure(Error::Kind::Corrupt, QStringLiteral("the coherence file was damaged while waiting for its lock"));
        if (current >= deadline)
            return mayTry ? Result<bool>(false) : tryLock();
        const SteadyTime before = now();
        isImpatient = before - came >= Patience;
        if (isImpatient)
            m_control->lastImpatience.store(before.time_since_epoch().count(), std::memory_order_relaxed);
        waitShared(m_control->lockReleases, releases,
                   std::min<std::chrono::nanoseconds>(deadline == SteadyTime::max() ? RecheckInterval : deadline - current, RecheckInterval));
        mayTry = true;
        if (whileWaiting)
            whileWaiting();
    }
}

void CoherenceFile::unlockWriter() noexcept
{
    unlockRange(m_descriptor.get(), 0, 1);
    m_control->lockReleases.fetch_add(1);
    // Only the kernel knows who waits: a count would not survive those who die waiting.
    if (m_control->lockIsAwaited.load() != 0 && m_control->lockIsAwaited.exchange(0) != 0
        && wakeShared(m_control->lockReleases, 1) > 0)
        m_control->lockIsAwaited.store(1);
}

void CoherenceFile::announceLoadEnd() noexcept
{
    m_control->loadEnds.fetch_add(1, std::memory_order_release);
    if (m_control->loadWaiters.load(std::memory_order_relaxed) != 0)
        wakeShared(m_control->loadEnds, 1 << 20);
}

std::uint32_t CoherenceFile::loadEnds() const noexcept
{
    return m_control->loadEnds.load(std::memory_order_acquire);
}

void CoherenceFile::waitForLoadEnd(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept
{
    // Sticky: it only says that somebody ever waited, so a waiter that dies cannot break it.
    m_control->loadWaiters.store(1, std::memory_order_seq_cst);
    waitShared(m_control->loadEnds, seen, timeout);
}

bool CoherenceFile::beginFlight() noexcept
{
    m_marked.clear();
    m_control->writerActive.store(1, std::memory_order_seq_cst);
    return isValid(m_control->commitCounter.load(std::memory_order_relaxed));
}

bool CoherenceFile::move(std::atomic<std::uint64_t> &word, std::uint64_t steps) noexcept
{
    std::uint64_t value = word.load(std::memory_order_relaxed);
    while (isValid(value)) {
        if (word.compare_exchange_weak(value, encode((value & CountMask) + steps), std::memory_order_release, std::memory_order_relaxed))
            return true;
    }
    return false;
}

bool CoherenceFile::mark(std::atomic<std::uint64_t> &word) noexcept
{
    if ((word.load(std::memory_order_relaxed) & 1) == 0) {
        m_marked.push_back(&word);
        return move(word, 1);
    }
    return isValid(word.load(std::memory_order_relaxed)); // Marked already, by this change: the lock excludes every other.
}

bool CoherenceFile::markStripe(std::uint64_t keyHash) noexcept
{
    return mark(stripe(keyHash));
}

bool CoherenceFile::markRegion(std::uint32_t regionId) noexcept
{
    return mark(region(regionId));
}

bool CoherenceFile::markAllRegions() noexcept
{
    bool sound = true;
    for (std::uint32_t i = 0; i < RegionCount; ++i)
        sound &= mark(region(i));
    return sound;
}

void CoherenceFile::advance(std::atomic<std::uint64_t> &word) noexcept
{
    move(word, 2 - (word.load(std::memory_order_relaxed) & 1));
}

void CoherenceFile::advanceLoads(std::uint32_t regionId) noexcept
{
    advance(loads(regionId));
}

void CoherenceFile::advanceAllLoads() noexcept
{
    for (std::uint32_t i = 0; i < RegionCount; ++i)
        advance(loads(i));
}

void CoherenceFile::advanceEpoch() noexcept
{
    advance(m_control->epoch);
}

void CoherenceFile::publishMarks() noexcept
{
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void CoherenceFile::endFlight() noexcept
{
    // The counter first: a reader that sees a word moved must also see that its snapshot is old.
    advance(m_control->commitCounter);
    for (std::atomic<std::uint64_t> *word : m_marked)
        move(*word, 1);
    m_marked.clear();
    m_control->writerActive.store(0, std::memory_order_release);
}

void CoherenceFile::abandonFlight() noexcept
{
    for (std::atomic<std::uint64_t> *word : m_marked) {
        // One that was damaged before it could be marked is not odd by us.
        if ((word->load(std::memory_order_relaxed) & 1) != 0)
            move(*word, CountMask);
    }
    m_marked.clear();
    m_control->writerActive.store(0, std::memory_order_release);
}

void CoherenceFile::recallSnapshots() noexcept
{
    advance(m_control->commitCounter);
    // Whoever waits for the lock looks after its snapshots at once, and waits on.
    m_control->lockReleases.fetch_add(1);
    wakeShared(m_control->lockReleases, std::numeric_limits<int>::max());
}

bool CoherenceFile::repair() noexcept
{
    m_marked.clear();
    bool sound = isValid(m_control->commitCounter.load(std::memory_order_relaxed));
    const auto settle = [&](std::atomic<std::uint64_t> &word, bool moves) {
        const std::uint64_t odd = word.load(std::memory_order_relaxed) & 1;
        sound &= odd != 0 || moves ? move(word, 2 - odd) : isValid(word.load(std::memory_order_relaxed));
    };
    advance(m_control->commitCounter);
    for (std::uint32_t i = 0; i < RegionCount; ++i) {
        settle(region(i), true);
        advance(loads(i));
    }
    for (std::uint64_t i = 0; i < StripeCount; ++i)
        settle(stripe(i), false);
    // Whether the dead writer's last commit happened is not known.
    encodeRecord(m_control->committed, {});
    encodeRecord(m_control->pending, {});
    m_control->writerActive.store(0, std::memory_order_release);
    return sound && !isLost();
}

void CoherenceFile::recordPending(const CommitRecord &record) noexcept
{
    encodeRecord(m_control->pending, record);
}

void CoherenceFile::recordCommitted(std::int64_t logBytes) noexcept
{
    const CoherenceRecord &pending = m_control->pending;
    m_control->committed.checksum = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::memcpy(reinterpret_cast<char *>(&m_control->committed) + sizeof(std::uint64_t),
                reinterpret_cast<const char *>(&pending) + sizeof(std::uint64_t),
                offsetof(CoherenceRecord, key) - sizeof(std::uint64_t) + std::min<std::size_t>(pending.keyLength, CommitRecord::MaximumKey));
    std::atomic_signal_fence(std::memory_order_seq_cst);
    m_control->committed.checksum = pending.checksum;
    recordLogBytes(logBytes);
}

void CoherenceFile::recordLogFrames(std::int64_t frames) noexcept
{
    m_control->logFrames.store(encode(frames < 0 ? CountMask : static_cast<std::uint64_t>(frames)), std::memory_order_release);
}

void CoherenceFile::recordLogBytes(std::int64_t logBytes) noexcept
{
    m_control->logBytes.store(logBytes, std::memory_order_release);
}

CommitRecord CoherenceFile::lastCommit() const
{
    return decodeRecord(m_control->committed).value_or(CommitRecord());
}

std::vector<CommitRecord> CoherenceFile::possibleCommits() const
{
    // One that died while it recorded what it was about to commit has not committed it; one that died while it recorded
    // what it had committed, has.
    std::vector<CommitRecord> possible;
    for (const auto &record : {decodeRecord(m_control->committed), decodeRecord(m_control->pending)}) {
        if (record && record->kind == CommitRecord::Kind::Unknown)
            return {};
        if (record)
            possible.push_back(*record);
    }
    return possible;
}

std::int64_t CoherenceFile::logBytes() const noexcept
{
    return m_control->logBytes.load(std::memory_order_acquire);
}

std::optional<std::uint64_t> CoherenceFile::logFrames() const noexcept
{
    const std::uint64_t word = m_control->logFrames.load(std::memory_order_acquire);
    if (!isValid(word) || (word & CountMask) == CountMask)
        return std::nullopt;
    return word & CountMask;
}

void CoherenceFile::recordDatabase(std::uint64_t inode) noexcept
{
    m_control->databaseInode.store(inode, std::memory_order_release);
    m_control->databaseCheck.store(inodeCheck(inode, m_salt), std::memory_order_release);
}

std::uint64_t CoherenceFile::databaseInode() const noexcept
{
    const std::uint64_t inode = m_control->databaseInode.load(std::memory_order_acquire);
    return m_control->databaseCheck.load(std::memory_order_acquire) == inodeCheck(inode, m_salt) ? inode : 0;
}

} // namespace Infra::Detail
