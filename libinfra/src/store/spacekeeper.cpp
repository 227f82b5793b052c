// SPDX-License-Identifier: MIT
#include "spacekeeper.h"

#include "expiredscan.h"
#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <sys/statvfs.h>

#include <algorithm>
#include <thread>

namespace Infra::Detail {

namespace {

constexpr int ExpiredPerStep = 512;
constexpr int WindowRows = 512;
constexpr std::uint64_t PagesPerStep = 512;
constexpr std::uint64_t KeptFreePages = 64;
constexpr int TagsPerStep = 256;
constexpr std::int64_t EventsPerStep = 1000;
constexpr std::int64_t FewestEvents = 256;
constexpr std::int64_t MostEvents = 100'000;
constexpr std::uint64_t UsualEventBytes = 256;
// Culling begins above the first and ends below the second fraction of the limit, so that it does not run all the time.
constexpr double CullAbove = 0.90;
constexpr double CullBelow = 0.80;
constexpr int EmptyLogAttempts = 250;
constexpr std::chrono::milliseconds EmptyLogPause{2};
// The log grows by so much between two looks at how full the disk is.
constexpr std::uint64_t LookAtDiskBytes = 64 * 1024;
constexpr std::uint64_t SmallestLog = 256 * 1024;
constexpr std::uint64_t LargestLog = 128 * 1024 * 1024;

struct Candidate
{
    std::uint32_t region = 0;
    MatchedRow row;
    std::int64_t accessed = 0;
};

std::uint64_t takenBy(const MatchedRow &row)
{
    return storedBytes(row.key.size(), static_cast<qsizetype>(row.bytes) - row.key.size(), decodeTags(row.tags).value_or(QByteArrayList()));
}

} // namespace

SpaceKeeper::SpaceKeeper(StoreContext &context, SessionKeeper &keeper, StoreTransaction &transaction)
    : m_context(context), m_keeper(keeper), m_transaction(transaction)
{
}

std::uint64_t SpaceKeeper::logLimit() const noexcept
{
    return std::clamp(m_context.options.maximumBytes / 4, SmallestLog, LargestLog);
}

std::uint64_t SpaceKeeper::databaseLimit() const noexcept
{
    return m_context.options.maximumBytes - logLimit();
}

void SpaceKeeper::applyLimit()
{
    const std::shared_ptr<StoreSession> session = m_keeper.writer().session();
    if (m_limited.lock() == session)
        return;
    const std::uint64_t wanted = std::max<std::uint64_t>(databaseLimit() / pages().size, 64);
    const auto given = m_keeper.writer().connection().value(QStringLiteral("PRAGMA max_page_count = %1").arg(wanted));
    // SQLite allows a file what it takes already: a limit that was lowered is asked for until the file has shrunk.
    if (given && given->toULongLong() <= wanted)
        m_limited = session;
}

SpaceKeeper::Pages SpaceKeeper::pages()
{
    const SqliteConnection &connection = m_keeper.writer().connection();
    Pages result;
    if (const auto value = connection.value(QStringLiteral("PRAGMA page_count")))
        result.total = value->toULongLong();
    if (const auto value = connection.value(QStringLiteral("PRAGMA freelist_count")))
        result.free = std::min<std::uint64_t>(value->toULongLong(), result.total);
    if (const auto value = connection.value(QStringLiteral("PRAGMA page_size")))
        result.size = std::max<std::uint64_t>(value->toULongLong(), 512);
    return result;
}

void SpaceKeeper::emptyLog()
{
    const SqliteConnection &connection = m_keeper.writer().connection();
    m_keeper.recallSnapshots();
    // While it is truncated the log is shorter than was recorded; a process that dies in between must not look
    // like a log that lost its end.
    m_keeper.recordLogBytes(-1);
    // SQLite waits for readers with the turn held, for SqliteWriter::LockPatience at most.
    const auto done = connection.execute(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (done)
        m_context.counters.checkpoints.fetch_add(1, std::memory_order_relaxed);
    else if (done.error().fault == SqliteFault::Unsynced)
        m_context.condemnUnsynced(*m_keeper.writer().session(), done.error().error);
    noteLogSize();
}

void SpaceKeeper::noteLogSize()
{
    const std::int64_t size = FileIdentity::of(m_context.paths.logFile).size;
    m_keeper.recordLogBytes(size);
    m_context.counters.logBytes.store(static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0)), std::memory_order_relaxed);
}

Result<void> SpaceKeeper::emptyLogOrRecover(SteadyTime deadline)
{
    emptyLog();
    if (m_keeper.writer().session()->isGood())
        return {};
    if (auto recovered = m_keeper.recover(deadline); !recovered)
        return recovered;
    applyLimit();
    return {};
}

Result<void> SpaceKeeper::makeRoom(std::uint64_t bytes, SteadyTime deadline)
{
    if (auto ready = m_keeper.ensureWriter(deadline); !ready)
        return ready;
    applyLimit();
    if (bytes > largestWrite())
        return failure(Error::Kind::LimitExceeded,
                       QStringLiteral("a write of %1 bytes is more than half of what maximumBytes (%2) leaves for entries")
                           .arg(bytes).arg(m_context.options.maximumBytes));
    // What a batch adds to the log at most, roughly: its bytes, and a few pages of each table.
    const std::uint64_t growth = bytes * 2 + 32 * 4096;
    // A log that takes the last of a disk could not be emptied: that takes room for the database to grow.
    if (isDiskScarce()) {
        if (auto emptied = emptyLogOrRecover(deadline); !emptied)
            return emptied;
    }
    const auto fits = [&] { return m_context.counters.logBytes.load(std::memory_order_relaxed) + growth <= logLimit(); };
    if (fits())
        return {};
    // A checkpoint of a housekeeper, or a long read, may be in the way for a moment.
    for (int attempt = 0; attempt < EmptyLogAttempts; ++attempt) {
        if (auto emptied = emptyLogOrRecover(deadline); !emptied)
            return emptied;
        // A single batch may be larger than the log's part; it has it for itself then.
        if (fits() || m_context.counters.logBytes.load(std::memory_order_relaxed) == 0)
            return {};
        if (m_context.clock.steadyNow() >= deadline)
            break;
        // SQLite refuses a second checkpoint at once, without waiting for the first.
        std::this_thread::sleep_for(EmptyLogPause);
    }
    const QString why = QStringLiteral("the write-ahead log of %1 is at its limit and readers hold on to it").arg(m_context.paths.database);
    m_context.health.set(StoreHealth::State::Degraded, why);
    return failure(Error::Kind::DiskFull, why);
}

bool SpaceKeeper::isAtLimit(std::uint64_t bytes)
{
    const Pages now = pages();
    return now.total * now.size + bytes >= databaseLimit();
}

bool SpaceKeeper::isDiskScarce()
{
    const std::uint64_t log = m_context.counters.logBytes.load(std::memory_order_relaxed);
    m_lookedAtLog = std::min(m_lookedAtLog, log);
    if (log < m_lookedAtLog + LookAtDiskBytes)
        return false;
    m_lookedAtLog = log;
    struct statvfs disk = {};
    return ::statvfs(m_context.paths.databaseFile.constData(), &disk) == 0
        && std::uint64_t{disk.f_bavail} * disk.f_frsize < 2 * log;
}

Result<void> SpaceKeeper::freeAtLeast(std::uint64_t bytes, SteadyTime deadline)
{
    std::uint64_t freed = 0;
    // What each step removes goes through the log, which has its limit.
    const auto mayGoOn = [&] { return freed < bytes && m_context.clock.steadyNow() < deadline && makeRoom(0, deadline); };
    while (mayGoOn() && cullExpired(deadline, freed)) { }
    while (mayGoOn() && cullWindow(deadline, freed)) { }
    if (freed >= bytes)
        return {};
    return failure(Error::Kind::DiskFull, QStringLiteral("maximumBytes (%1) of %2 leaves no room")
                                              .arg(m_context.options.maximumBytes).arg(m_context.paths.database));
}

bool SpaceKeeper::cullExpired(SteadyTime deadline)
{
    std::uint64_t freed = 0;
    return cullExpired(deadline, freed);
}

bool SpaceKeeper::cullExpired(SteadyTime deadline, std::uint64_t &freed)
{
    std::uint64_t culled = 0;
    std::uint64_t bytes = 0;
    const SystemTime now = m_context.clock.systemNow();
    const auto done = m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        culled = 0;
        bytes = 0;
        const auto expired = ExpiredScan(0, now).next(scope.writer.connection(), ExpiredPerStep);
        if (!expired)
            return tl::unexpected(expired.error());
        for (const ExpiredScan::Row &found : *expired) {
            if (auto removed = scope.removeEntry(found.region, found.row); !removed)
                return removed;
            bytes += takenBy(found.row);
        }
        culled = expired->size();
        return {};
    });
    if (!done)
        return false;
    freed += bytes;
    m_context.counters.culledExpired.fetch_add(culled, std::memory_order_relaxed);
    return culled == ExpiredPerStep;
}

bool SpaceKeeper::cullWindow(SteadyTime deadline, std::uint64_t &freed)
{
    std::uint64_t culled = 0;
    std::uint64_t bytes = 0;
    bool any = false;
    const bool isAtStart = m_cursorRegion == 0 && m_cursorKey.isEmpty();
    const auto done = m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        culled = 0;
        bytes = 0;
        std::vector<Candidate> window;
        QSqlQuery query = scope.writer.connection().prepare(QStringLiteral(
            "SELECT region, key, length(key) + length(value), tags, accessed FROM entries "
            "WHERE (region, key) > (?, ?) ORDER BY region, key LIMIT ?"));
        query.bindValue(0, m_cursorRegion);
        query.bindValue(1, notNull(m_cursorKey));
        query.bindValue(2, WindowRows);
        if (!query.exec())
            return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("looking for cold entries")));
        while (query.next())
            window.push_back({query.value(0).toUInt(), {query.value(1).toByteArray(), query.value(2).toULongLong(), query.value(3).toByteArray()},
                              query.value(4).toLongLong()});
        if (query.lastError().isValid())
            return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("looking for cold entries")));
        query.finish();
        any = !window.empty();
        const bool wrapped = window.size() < WindowRows;
        m_cursorRegion = wrapped ? 0 : window.back().region;
        m_cursorKey = wrapped ? QByteArray() : window.back().row.key;
        const auto coldest = window.begin() + static_cast<std::ptrdiff_t>((window.size() + 3) / 4);
        std::nth_element(window.begin(), coldest - (coldest == window.begin() ? 0 : 1), window.end(),
                         [](const Candidate &left, const Candidate &right) { return left.accessed < right.accessed; });
        for (auto it = window.begin(); it != coldest; ++it) {
            if (auto removed = scope.removeEntry(it->region, it->row); !removed)
                return removed;
            bytes += takenBy(it->row);
            ++culled;
        }
        return {};
    });
    if (!done)
        return false;
    freed += bytes;
    m_context.counters.culledForSpace.fetch_add(culled, std::memory_order_relaxed);
    // A table that was empty from the cursor on may have rows before it.
    return any || !isAtStart;
}

bool SpaceKeeper::cullColdest(SteadyTime deadline)
{
    applyLimit();
    const auto limit = static_cast<double>(databaseLimit());
    const auto used = static_cast<double>(pages().usedBytes());
    if (used > limit * CullAbove)
        m_isCulling = true;
    else if (used <= limit * CullBelow)
        m_isCulling = false;
    std::uint64_t freed = 0;
    return m_isCulling && cullWindow(deadline, freed);
}

bool SpaceKeeper::giveBack(SteadyTime)
{
    const Pages now = pages();
    // Some free pages are kept: the next writes need them again.
    if (now.free < KeptFreePages || now.free * 16 < now.total)
        return false;
    // Each page may be written to the log, which has its limit.
    const auto step = std::min<std::uint64_t>(PagesPerStep, std::max<std::uint64_t>(logLimit() / 4 / now.size, 16));
    // A commit of ours, though of no entry: see SessionKeeper::adopt().
    if (!m_keeper.coherence().beginFlight())
        m_keeper.condemnCoherence();
    const auto done = m_keeper.writer().connection().execute(QStringLiteral("PRAGMA incremental_vacuum(%1)").arg(step));
    m_keeper.coherence().endFlight();
    noteLogSize();
    return done.has_value();
}

void SpaceKeeper::recordAccesses(const std::vector<AccessRecord> &accesses, SteadyTime deadline)
{
    if (accesses.empty())
        return;
    const SystemTime now = m_context.clock.systemNow();
    // Nobody sees the time of the last use but culling, so nothing is marked.
    static_cast<void>(m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        for (const AccessRecord &access : accesses) {
            if (auto done = scope.writer.setAccessed(access.regionId, access.key, now); !done)
                return done;
        }
        return {};
    }));
}

std::int64_t SpaceKeeper::keptEvents() const noexcept
{
    return std::clamp(static_cast<std::int64_t>(databaseLimit() / 16 / UsualEventBytes), FewestEvents, MostEvents);
}

bool SpaceKeeper::trimJournal(SteadyTime deadline)
{
    // Positions are given one by one, so their differences count events.
    const auto done = m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) {
        return scope.writer.connection().execute(
            QStringLiteral("DELETE FROM events WHERE position <= min((SELECT max(position) FROM events) - %1, "
                           "(SELECT min(position) FROM events) + %2)").arg(keptEvents()).arg(EventsPerStep));
    });
    return done.has_value();
}

void SpaceKeeper::sweepTags(SteadyTime deadline)
{
    struct TagRow
    {
        std::uint32_t region;
        QByteArray tag;
        QByteArray key;
        QByteArray tags;
    };
    const SqliteConnection &connection = m_keeper.writer().connection();
    std::vector<TagRow> rows;
    {
        QSqlQuery query = connection.prepare(QStringLiteral(
            "SELECT t.region, t.tag, t.key, e.tags FROM tags t LEFT JOIN entries e ON e.region = t.region AND e.key = t.key "
            "WHERE (t.region, t.tag, t.key) > (?, ?, ?) ORDER BY t.region, t.tag, t.key LIMIT ?"));
        query.bindValue(0, m_tagRegion);
        query.bindValue(1, notNull(m_tag));
        query.bindValue(2, notNull(m_tagKey));
        query.bindValue(3, TagsPerStep);
        if (!query.exec())
            return;
        while (query.next())
            rows.push_back({query.value(0).toUInt(), query.value(1).toByteArray(), query.value(2).toByteArray(), query.value(3).toByteArray()});
    }
    const bool wrapped = rows.size() < TagsPerStep;
    m_tagRegion = wrapped ? 0 : rows.back().region;
    m_tag = wrapped ? QByteArray() : rows.back().tag;
    m_tagKey = wrapped ? QByteArray() : rows.back().key;
    std::erase_if(rows, [](const TagRow &row) {
        const auto tags = decodeTags(row.tags);
        return tags && tags->contains(row.tag);
    });
    if (rows.empty())
        return;
    static_cast<void>(m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        QSqlQuery query = scope.writer.connection().prepare(QStringLiteral("DELETE FROM tags WHERE region = ? AND tag = ? AND key = ?"));
        for (const TagRow &row : rows) {
            query.bindValue(0, row.region);
            query.bindValue(1, row.tag);
            query.bindValue(2, row.key);
            if (!query.exec())
                return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("sweeping tags")));
        }
        return {};
    }));
}

} // namespace Infra::Detail
