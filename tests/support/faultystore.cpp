// SPDX-License-Identifier: MIT
#include "faultystore.h"

#include "core/keyhash.h"

#include <QRegularExpression>

using namespace Infra;
using namespace Infra::Detail;

namespace InfraTest {

class FaultyStore::HeldLock final : public LoadLock
{
public:
    HeldLock(std::shared_ptr<LoadLocks> locks, std::uint64_t keyHash) : m_locks(std::move(locks)), m_keyHash(keyHash) {}
    ~HeldLock() override
    {
        const std::lock_guard guard(m_locks->mutex);
        m_locks->held.erase(m_keyHash);
        m_locks->released.notify_all();
    }

private:
    const std::shared_ptr<LoadLocks> m_locks;
    const std::uint64_t m_keyHash;
};

FaultyStore::FaultyStore(const Clock &clock)
    : m_clock(clock), m_stripes(StripeCount), m_view(m_stripes.data(), StripeCount - 1, &m_region), m_coherence(&m_view)
{
}

FaultyStore::~FaultyStore() = default;

void FaultyStore::failReads(std::optional<Error> error)
{
    const std::lock_guard guard(m_mutex);
    m_readError = std::move(error);
}

void FaultyStore::failWrites(std::optional<Error> error)
{
    const std::lock_guard guard(m_mutex);
    m_writeError = std::move(error);
}

void FaultyStore::beforeRead(std::function<void()> hook)
{
    const std::lock_guard guard(m_mutex);
    m_beforeRead = std::move(hook);
}

void FaultyStore::beforeWrite(std::function<void()> hook)
{
    const std::lock_guard guard(m_mutex);
    m_beforeWrite = std::move(hook);
}

void FaultyStore::beforeLoadLock(std::function<void()> hook)
{
    const std::lock_guard guard(m_mutex);
    m_beforeLoadLock = std::move(hook);
}

void FaultyStore::beforeTurn(std::function<void()> hook)
{
    const std::lock_guard guard(m_mutex);
    m_beforeTurn = std::move(hook);
}

void FaultyStore::withholdCoherence(bool withhold)
{
    m_coherence.store(withhold ? nullptr : &m_view);
}

void FaultyStore::plant(const QByteArray &key, StoredEntry entry, const QByteArrayList &tags)
{
    const std::lock_guard guard(m_mutex);
    m_stripes[keyHash(key) & (StripeCount - 1)] += 2;
    m_rows[key] = {std::move(entry), tags};
}

int FaultyStore::reads() const
{
    const std::lock_guard guard(m_mutex);
    return m_reads;
}

SteadyTime FaultyStore::writeDeadline() const
{
    const std::lock_guard guard(m_mutex);
    return m_writeDeadline;
}

int FaultyStore::writes() const
{
    const std::lock_guard guard(m_mutex);
    return m_writes;
}

std::optional<StoredEntry> FaultyStore::row(const QByteArray &key) const
{
    const std::lock_guard guard(m_mutex);
    const auto found = m_rows.find(key);
    return found == m_rows.end() ? std::nullopt : std::optional(found->second.entry);
}

Result<std::uint32_t> FaultyStore::openRegion(const QByteArray &, Deadline)
{
    return 1U;
}

Result<std::vector<RegionInfo>> FaultyStore::regions(Deadline)
{
    return std::vector<RegionInfo>();
}

const std::atomic<const CoherenceView *> &FaultyStore::coherence(std::uint32_t)
{
    return m_coherence;
}

LoadToken FaultyStore::captureToken(std::uint32_t, std::uint64_t keyHash)
{
    if (m_coherence.load() == nullptr)
        return {{1, 1}, 0};
    return {m_view.capture(keyHash), m_regionLoads.load()};
}

Result<std::optional<StoredEntry>> FaultyStore::read(std::uint32_t, const QByteArray &key, std::uint64_t keyHash, Deadline)
{
    std::function<void()> hook;
    {
        const std::lock_guard guard(m_mutex);
        ++m_reads;
        hook = m_beforeRead;
    }
    const CoherenceStamp stamp = m_view.capture(keyHash);
    if (hook)
        hook();
    const std::lock_guard guard(m_mutex);
    if (m_readError)
        return failure(*m_readError);
    const auto found = m_rows.find(key);
    if (found == m_rows.end())
        return std::optional<StoredEntry>();
    StoredEntry entry = found->second.entry;
    entry.stamp = stamp;
    return std::optional(std::move(entry));
}

Result<std::vector<std::optional<StoredEntry>>>
FaultyStore::readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
                      Deadline deadline)
{
    std::vector<std::optional<StoredEntry>> entries;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto entry = read(regionId, keys[i], keyHashes[i], deadline);
        if (!entry)
            return failure(entry.error());
        entries.push_back(*std::move(entry));
    }
    return entries;
}

Result<std::vector<WriteOutcome>> FaultyStore::write(std::vector<WriteOperation> operations, Deadline deadline)
{
    std::function<void()> waiting;
    {
        const std::lock_guard guard(m_mutex);
        waiting = m_beforeTurn;
    }
    if (waiting)
        waiting();
    const std::lock_guard writer(m_writer);
    std::function<void()> hook;
    {
        const std::lock_guard guard(m_mutex);
        ++m_writes;
        m_writeDeadline = deadline.resolve(m_clock);
        if (m_writeError)
            return failure(*m_writeError);
        hook = m_beforeWrite;
    }
    // Tokens are compared before any word moves: the operations of one call do not overtake one another.
    std::vector<WriteOutcome> outcomes(operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const auto &token = operations[i].onlyIfUnchanged;
        const LoadToken now = captureToken(operations[i].regionId, operations[i].keyHash);
        outcomes[i].applied = !token
            || (token->stamp == now.stamp && token->regionLoads == now.regionLoads
                && !CoherenceView::isInFlight(token->stamp));
    }
    std::set<std::size_t> touched;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (outcomes[i].applied || operations[i].removesOlder)
            touched.insert(operations[i].keyHash & (StripeCount - 1));
    }
    for (const std::size_t stripe : touched)
        ++m_stripes[stripe];
    if (hook)
        hook();
    {
        const std::lock_guard guard(m_mutex);
        for (std::size_t i = 0; i < operations.size(); ++i) {
            WriteOperation &operation = operations[i];
            const auto found = m_rows.find(operation.key);
            if (!outcomes[i].applied) {
                if (operation.removesOlder && found != m_rows.end()
                    && found->second.entry.times.storedAt <= operation.times.storedAt)
                    m_rows.erase(found);
                continue;
            }
            switch (operation.kind) {
            case WriteOperation::Kind::Set:
                m_rows[operation.key] = {{operation.value, operation.times, operation.flags, {}}, operation.tags};
                break;
            case WriteOperation::Kind::Touch:
                outcomes[i].applied = found != m_rows.end();
                if (outcomes[i].applied) {
                    found->second.entry.times.expiresAt = operation.times.expiresAt;
                    found->second.entry.times.staleUntil = operation.times.staleUntil;
                }
                break;
            case WriteOperation::Kind::Remove:
                outcomes[i].applied = m_rows.erase(operation.key) > 0;
                break;
            }
        }
    }
    for (const std::size_t stripe : touched)
        ++m_stripes[stripe];
    for (std::size_t i = 0; i < operations.size(); ++i)
        outcomes[i].stamp = m_view.capture(operations[i].keyHash);
    return outcomes;
}

bool FaultyStore::matches(const QByteArray &key, const Row &row, const Target &target) const
{
    switch (target.kind()) {
    case Target::Kind::Key:
    case Target::Kind::Keys:
        return target.keyList().contains(key);
    case Target::Kind::Prefix:
        return key.startsWith(target.text());
    case Target::Kind::Glob:
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(
                                      QString::fromLatin1(target.text()),
                                      QRegularExpression::UnanchoredWildcardConversion))
            .match(QString::fromLatin1(key), 0, QRegularExpression::NormalMatch,
                   QRegularExpression::AnchorAtOffsetMatchOption)
            .hasMatch();
    case Target::Kind::Tag:
        return row.tags.contains(target.text());
    case Target::Kind::Expired:
        return row.entry.times.expiresAt <= m_clock.systemNow() && row.entry.times.staleUntil <= m_clock.systemNow();
    case Target::Kind::Region:
    case Target::Kind::Everything:
        return true;
    }
    return false;
}

Result<InvalidationReport> FaultyStore::invalidate(std::uint32_t, const Target &target, const QByteArray &, Deadline)
{
    const std::lock_guard writer(m_writer);
    std::function<void()> hook;
    {
        const std::lock_guard guard(m_mutex);
        ++m_writes;
        if (m_writeError)
            return failure(*m_writeError);
        hook = m_beforeWrite;
    }
    ++m_region;
    if (hook)
        hook();
    InvalidationReport report;
    report.at = m_clock.systemNow();
    {
        const std::lock_guard guard(m_mutex);
        std::erase_if(m_rows, [&](const auto &item) {
            if (!matches(item.first, item.second, target))
                return false;
            ++report.entries;
            report.bytes += static_cast<std::uint64_t>(item.first.size() + item.second.entry.value.size());
            return true;
        });
    }
    ++m_regionLoads;
    ++m_region;
    return report;
}

Result<InvalidationPreview> FaultyStore::preview(std::uint32_t, const Target &target, const std::atomic<bool> *cancelled,
                                                 Deadline)
{
    if (cancelled && cancelled->load())
        return failure(Error::Kind::Cancelled, QStringLiteral("cancelled"));
    const std::lock_guard guard(m_mutex);
    InvalidationPreview preview;
    for (const auto &[key, row] : m_rows) {
        if (!matches(key, row, target))
            continue;
        ++preview.entries;
        preview.bytes += static_cast<std::uint64_t>(key.size() + row.entry.value.size());
        if (preview.examples.size() < 10)
            preview.examples.append(key);
    }
    return preview;
}

Result<std::vector<EntryInfo>> FaultyStore::entries(std::uint32_t, const QByteArray &prefix, const QByteArray &after,
                                                    int limit, Deadline)
{
    const std::lock_guard guard(m_mutex);
    std::vector<EntryInfo> page;
    for (auto it = m_rows.upper_bound(after); it != m_rows.end() && page.size() < static_cast<std::size_t>(limit); ++it) {
        if (!it->first.startsWith(prefix))
            continue;
        EntryInfo info;
        info.key = it->first;
        info.bytes = static_cast<std::uint64_t>(it->second.entry.value.size());
        info.storedAt = it->second.entry.times.storedAt;
        info.expiresAt = it->second.entry.times.expiresAt;
        info.tags = it->second.tags;
        page.push_back(std::move(info));
    }
    return page;
}

Result<std::unique_ptr<LoadLock>> FaultyStore::lockLoad(std::uint32_t, std::uint64_t keyHash, Deadline deadline)
{
    const SteadyTime end = deadline.resolve(m_clock);
    const std::function<void()> hook = [this] {
        const std::lock_guard guard(m_mutex);
        return m_beforeLoadLock;
    }();
    if (hook)
        hook();
    std::unique_lock lock(m_loads->mutex);
    const bool granted = m_clock.waitUntil(lock, m_loads->released, end,
                                           [&] { return !m_loads->held.contains(keyHash); });
    if (!granted)
        return std::unique_ptr<LoadLock>();
    m_loads->held.insert(keyHash);
    return std::unique_ptr<LoadLock>(std::make_unique<HeldLock>(m_loads, keyHash));
}

} // namespace InfraTest
