// SPDX-License-Identifier: MIT
#include "workload.h"

#include "core/random.h"
#include "store/sqlitestore.h"

#include <infra/cache.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <thread>

namespace InfraTorture {

using namespace Infra;
using namespace Infra::Detail;

namespace {

volatile std::sig_atomic_t s_isEnding = 0;

// Random operations, one after the other.
class Worker
{
public:
    Worker(const Workload &workload, Cache &cache, const SqliteStore &store, OperationLog &log, int process, std::uint32_t incarnation)
        : m_workload(workload), m_cache(cache), m_store(store), m_log(log), m_state(log.state(process)), m_incarnation(incarnation),
          m_random(workload.seed ^ (std::uint64_t{incarnation} * 0x9e3779b97f4a7c15ULL)),
          m_readsOnly(process >= workload.firstReadOnly)
    {
    }

    // False when the log is full.
    bool step()
    {
        const auto key = static_cast<std::uint32_t>(m_random.below(m_workload.keyCount));
        const std::uint64_t dice = m_random.below(100);
        if (dice < 60 || m_readsOnly)
            return get(key);
        if (dice < 75)
            return set(key);
        if (dice < 90)
            return load(key);
        return invalidate(key, m_random.below(m_workload.keyCount));
    }

private:
    [[nodiscard]] static QByteArray tag(std::uint32_t key) { return "tag:" + QByteArray::number(key); }
    [[nodiscard]] static EntryOptions tagged(std::uint32_t key)
    {
        EntryOptions options;
        options.tags = {tag(key)};
        return options;
    }
    [[nodiscard]] std::uint64_t newValue() { return (std::uint64_t{m_incarnation} << 32U) | ++m_sequence; }
    [[nodiscard]] std::uint64_t numberIn(const Result<Cache::Value> &value) const
    {
        return value && *value ? m_workload.numberIn(**value) : 0;
    }

    // The lock, or the disk, was not to be had, so the one transaction of the call was rolled back.
    [[nodiscard]] static Operation::Outcome outcomeOf(const Error &error)
    {
        return error.kind == Error::Kind::Busy || error.kind == Error::Kind::DiskFull ? Operation::Outcome::Refused
                                                                                    : Operation::Outcome::Unknown;
    }

    template<class T>
    bool finish(Operation *operation, const Result<T> &result, std::atomic<std::uint64_t> &failures)
    {
        operation->outcome = result ? Operation::Outcome::Acknowledged : outcomeOf(result.error());
        operation->end = OperationLog::now();
        m_state.progress.fetch_add(1);
        m_state.quarantines.store(m_store.statistics().quarantines);
        if (result)
            return true;
        failures.fetch_add(1);
        m_state.errorsByKind[static_cast<std::size_t>(result.error().kind)].fetch_add(1);
        m_state.degraded.fetch_add(m_cache.isDegraded() ? 1 : 0);
        m_state.unwell.fetch_add(m_store.health().state != StoreHealth::State::Available ? 1 : 0);
        return true;
    }
    bool get(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Get, m_incarnation, key);
        if (!operation)
            return false;
        const auto value = m_cache.get(Workload::key(key));
        operation->value = numberIn(value);
        m_state.hits.fetch_add(operation->value != 0 ? 1 : 0);
        return finish(operation, value, m_state.failedReads);
    }
    bool set(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Set, m_incarnation, key);
        if (!operation)
            return false;
        operation->value = newValue();
        const auto done = m_cache.set(Workload::key(key), m_workload.value(operation->value), tagged(key));
        m_state.writes.fetch_add(done ? 1 : 0);
        return finish(operation, done, m_state.failedWrites);
    }
    bool load(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Load, m_incarnation, key);
        if (!operation)
            return false;
        const auto factory = [&] {
            operation->factoryBegin = OperationLog::now();
            operation->made = newValue();
            std::this_thread::sleep_for(std::chrono::microseconds(m_random.below(300)));
            operation->factoryEnd = OperationLog::now();
            return m_workload.value(operation->made);
        };
        const auto value = m_cache.getOrCompute(Workload::key(key), factory, tagged(key), m_workload.operationTimeout);
        operation->value = numberIn(value);
        const bool isLate = !value && value.error().kind == Error::Kind::Timeout;
        return finish(operation, value, isLate ? m_state.timedOutLoads : m_state.failedLoads);
    }
    bool invalidate(std::uint32_t key, std::uint64_t how)
    {
        const bool all = how == 0;
        Operation *operation = m_log.begin(Operation::Kind::Invalidate, m_incarnation, all ? Operation::AllKeys : key);
        if (!operation)
            return false;
        const QByteArray name = Workload::key(key);
        const std::array<Target, 4> ofTheKey{Target::prefix(name), Target::glob(name), Target::tag(tag(key)), Target::key(name)};
        const Target target = all ? Target::region() : ofTheKey[how % ofTheKey.size()];
        return finish(operation, m_cache.invalidate(target, m_workload.operationTimeout), m_state.failedWrites);
    }

    const Workload &m_workload;
    Cache &m_cache;
    const SqliteStore &m_store;
    OperationLog &m_log;
    ProcessState &m_state;
    const std::uint32_t m_incarnation;
    Random m_random;
    const bool m_readsOnly;
    std::uint32_t m_sequence = 0;
};

} // namespace

QByteArray Workload::key(std::uint32_t number)
{
    // The same length for all, so that none is a prefix of another.
    return "key:" + QByteArray::number(number).rightJustified(4, '0');
}

QByteArray Workload::value(std::uint64_t number) const
{
    QByteArray bytes = QByteArray::number(qulonglong(number));
    if (maximumPadding == 0)
        return bytes;
    Random random(number);
    const auto padding = static_cast<qsizetype>(random.below(maximumPadding + 1));
    bytes.reserve(bytes.size() + 1 + padding);
    bytes += ':';
    for (qsizetype i = 0; i < padding; ++i)
        bytes += static_cast<char>(random.next());
    return bytes;
}

std::uint64_t Workload::numberIn(const QByteArray &bytes) const
{
    const qsizetype end = bytes.indexOf(':');
    bool valid = false;
    const std::uint64_t number = (end < 0 ? bytes : bytes.left(end)).toULongLong(&valid);
    return valid && number != 0 && value(number) == bytes ? number : WrongValue;
}

void Workload::run(OperationLog &log, int process, std::uint32_t incarnation) const
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGTERM, [](int) { s_isEnding = 1; });
    sigset_t terminate;
    ::sigemptyset(&terminate);
    ::sigaddset(&terminate, SIGTERM);
    ::sigprocmask(SIG_UNBLOCK, &terminate, nullptr);
    // A write beyond RLIMIT_FSIZE is an error, not a death.
    std::signal(SIGXFSZ, SIG_IGN);
    ProcessState &state = log.state(process);
    const auto refused = [&](const Error &error) {
        state.errorsByKind[static_cast<std::size_t>(error.kind)].fetch_add(1);
        if (state.refusedOpens.fetch_add(1) == 0)
            std::fprintf(stderr, "process %d cannot open the store yet: %s\n", process, qPrintable(toString(error)));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    };
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    options.housekeepingInterval = std::chrono::milliseconds(50);
    if (process >= firstReadOnly)
        options.accessMode = StoreOptions::AccessMode::ReadOnly;
    CacheOptions cacheOptions;
    cacheOptions.operationTimeout = operationTimeout;
    while (s_isEnding == 0) {
        auto store = SqliteStore::open(options, path, faults);
        if (!store) {
            refused(store.error());
            continue;
        }
        auto cache = Cache::create(*store, QByteArray(RegionName), cacheOptions);
        if (!cache) {
            refused(cache.error());
            continue;
        }
        Worker worker(*this, **cache, **store, log, process, incarnation);
        Random pause(incarnation);
        while (s_isEnding == 0 && worker.step())
            std::this_thread::sleep_for(std::chrono::microseconds(pause.below(60)));
        while (s_isEnding == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::_exit(0);
}

int Workload::fill(const QString &database, std::uint64_t first, AtEnd atEnd) const
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + database;
    auto store = SqliteStore::open(options, database);
    if (!store)
        return 1;
    auto cache = Cache::create(*store, QByteArray(RegionName));
    if (!cache)
        return 1;
    for (std::uint32_t i = 0; i < keyCount; ++i) {
        if (!(*cache)->set(key(i), value(first + i)))
            return 1;
    }
    if (atEnd == AtEnd::Die)
        ::_exit(0);
    return 0;
}

} // namespace InfraTorture
