// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/connectionpool.h>
#include <infra/poolregistry.h>

#include <QRegularExpression>
#include <QScopeGuard>
#include <QSqlDriver>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>

#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;

// The pool over a real SQLite file.
class ConnectionPoolSqliteTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aLeaseReadsAndWrites();
    void aReadOnlyLeaseCannotWrite();
    void theWriterIsOneAndReadersAreSeveral();
    void aReturnedTransactionIsRolledBack();
    void preparedStatementsAreReused();
    void runExecutesOnAPoolThread();
    void aThrowingFunctionIsAnError();
    void transactionsCommitAndRollBack();
    void aMemoryDatabaseIsOneConnectionThatStays();
    void aMemoryDatabaseOutlivesTheThreadThatKeptItsLease();
    void aLockedDatabaseHoldsUpNoOther();
    void aMissingFileIsReportedByTheTimeout();
    void theRegistryRefusesOtherOptions();
    void initStatementsRunOnEveryConnection();
    void aFailingInitStatementLeavesNothingRegistered();

private:
    [[nodiscard]] std::unique_ptr<ConnectionPool> create(const PoolOptions &options = {})
    {
        auto pool = ConnectionPool::create(DatabaseUrl::forSqliteFile(m_folder.filePath(u"%1.db"_s.arg(++m_files))), options);
        return pool ? std::move(*pool) : nullptr;
    }

    QTemporaryDir m_folder;
    int m_files = 0;
};

void ConnectionPoolSqliteTest::aLeaseReadsAndWrites()
{
    const auto pool = create();
    auto lease = pool->acquire(10s);
    QVERIFY(lease);
    QCOMPARE(lease->database().driver()->thread(), QThread::currentThread());
    QVERIFY(lease->execute(u"CREATE TABLE t(a)"_s));
    QVERIFY(lease->execute(u"INSERT INTO t VALUES (42)"_s));
    QSqlQuery query(lease->database());
    QVERIFY(query.exec(u"SELECT a FROM t"_s) && query.next());
    QCOMPARE(query.value(0).toInt(), 42);
    QVERIFY(query.exec(u"PRAGMA journal_mode"_s) && query.next());
    QCOMPARE(query.value(0).toString(), u"wal"_s);
}

void ConnectionPoolSqliteTest::aReadOnlyLeaseCannotWrite()
{
    const auto pool = create();
    QVERIFY(pool->acquire(10s)->execute(u"CREATE TABLE t(a)"_s));
    auto reader = pool->acquire(10s, ConnectionAccess::ReadOnly);
    QVERIFY(reader);
    const auto written = reader->execute(u"INSERT INTO t VALUES (1)"_s);
    QVERIFY(!written);
    QCOMPARE(written.error().kind, Error::Kind::ReadOnly);
    QVERIFY(reader->execute(u"SELECT * FROM t"_s));
}

void ConnectionPoolSqliteTest::theWriterIsOneAndReadersAreSeveral()
{
    PoolOptions options;
    options.poolSize = 3;
    options.maxOverflow = 0;
    const auto pool = create(options);
    auto writer = pool->acquire(10s);
    QVERIFY(writer);
    auto first = pool->acquire(10s, ConnectionAccess::ReadOnly);
    auto second = pool->acquire(10s, ConnectionAccess::ReadOnly);
    QVERIFY(first && second);
    QCOMPARE(pool->statistics().used, 3);
    // This thread holds everything that could be returned.
    const auto nested = pool->acquire(10s);
    QVERIFY(!nested);
    QCOMPARE(nested.error().kind, Error::Kind::Deadlock);
    QVERIFY2(nested.error().message.contains(u"tst_connectionpool_sqlite.cpp"_s), qPrintable(nested.error().message));
}

void ConnectionPoolSqliteTest::aReturnedTransactionIsRolledBack()
{
    const auto pool = create();
    {
        auto lease = pool->acquire(10s);
        QVERIFY(lease->execute(u"CREATE TABLE t(a)"_s));
        QVERIFY(lease->execute(u"BEGIN IMMEDIATE"_s));
        QVERIFY(lease->execute(u"INSERT INTO t VALUES (1)"_s));
    }
    auto lease = pool->acquire(10s);
    QVERIFY(lease);
    QVERIFY(lease->execute(u"BEGIN IMMEDIATE"_s));
    QSqlQuery query(lease->database());
    QVERIFY(query.exec(u"SELECT count(*) FROM t"_s) && query.next());
    QCOMPARE(query.value(0).toInt(), 0);
}

void ConnectionPoolSqliteTest::preparedStatementsAreReused()
{
    PoolOptions options;
    options.statementCacheSize = 2;
    const auto pool = create(options);
    QSqlQuery *first = nullptr;
    {
        auto lease = pool->acquire(10s);
        auto query = lease->prepared(u"SELECT ?"_s);
        QVERIFY(query);
        first = *query;
        first->bindValue(0, 7);
        QVERIFY(first->exec() && first->next());
        QCOMPARE(first->value(0).toInt(), 7);
        QCOMPARE(*lease->prepared(u"SELECT ?"_s), first);
    }
    auto lease = pool->acquire(10s);
    QCOMPARE(*lease->prepared(u"SELECT ?"_s), first);
    QVERIFY(!first->isActive());
    QVERIFY(!lease->prepared(u"SELEKT"_s));
}

void ConnectionPoolSqliteTest::runExecutesOnAPoolThread()
{
    const auto pool = create();
    QThread *const here = QThread::currentThread();
    const auto outcome = pool->run([here](PooledConnection &connection) -> Result<int> {
        if (QThread::currentThread() == here || connection.database().driver()->thread() != QThread::currentThread())
            return failure(Error::Kind::Internal, u"wrong thread"_s);
        QSqlQuery query(connection.database());
        return query.exec(u"SELECT 5"_s) && query.next() ? Result<int>(query.value(0).toInt())
                                                         : failure(errorFromSql(query.lastError(), u"five"_s));
    }, 10s).result();
    QVERIFY(outcome);
    QCOMPARE(*outcome, 5);
    QTRY_COMPARE(pool->statistics().used, 0);
}

void ConnectionPoolSqliteTest::aThrowingFunctionIsAnError()
{
    const auto pool = create();
    const auto outcome = pool->run([](PooledConnection &) -> Result<void> { throw std::runtime_error("boom"); }, 10s).result();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::FactoryFailed);
    QVERIFY(outcome.error().message.contains(u"boom"_s));
}

void ConnectionPoolSqliteTest::transactionsCommitAndRollBack()
{
    const auto pool = create();
    QVERIFY(pool->acquire(10s)->execute(u"CREATE TABLE t(a UNIQUE)"_s));
    const auto insert = [](PooledConnection &connection) { return connection.execute(u"INSERT INTO t VALUES (1)"_s); };
    QVERIFY(pool->inTransaction(insert, 10s));
    const auto again = pool->inTransaction(insert, 10s);
    QVERIFY(!again);
    QCOMPARE(again.error().kind, Error::Kind::QueryFailed);

    const auto abandoned = pool->inTransaction([](PooledConnection &connection) -> Result<int> {
        if (const auto done = connection.execute(u"DELETE FROM t"_s); !done)
            return failure(done.error());
        return failure(Error::Kind::Cancelled, u"changed my mind"_s);
    }, 10s);
    QVERIFY(!abandoned);
    QCOMPARE(abandoned.error().kind, Error::Kind::Cancelled);

    const auto thrown = pool->inTransaction([](PooledConnection &connection) -> Result<int> {
        static_cast<void>(connection.execute(u"DELETE FROM t"_s));
        throw 7;
    }, 10s);
    QVERIFY(!thrown);
    QCOMPARE(thrown.error().kind, Error::Kind::FactoryFailed);

    const auto nested = pool->inTransaction([&](PooledConnection &connection) -> Result<void> {
        return connection.inTransaction(insert);
    }, 10s);
    QVERIFY(!nested);
    QCOMPARE(nested.error().kind, Error::Kind::InvalidArgument);

    const auto count = pool->inTransaction([](PooledConnection &connection) -> Result<int> {
        QSqlQuery query(connection.database());
        if (!query.exec(u"SELECT count(*) FROM t"_s) || !query.next())
            return failure(errorFromSql(query.lastError(), u"counting"_s));
        return query.value(0).toInt();
    }, 10s, TransactionOptions{.attempts = 1, .access = ConnectionAccess::ReadOnly});
    QVERIFY(count);
    QCOMPARE(*count, 1);
}

void ConnectionPoolSqliteTest::aMemoryDatabaseIsOneConnectionThatStays()
{
    auto created = ConnectionPool::create(DatabaseUrl::forSqliteMemory());
    QVERIFY(created);
    const auto pool = std::move(*created);
    {
        auto lease = pool->acquire(10s);
        QVERIFY(lease->execute(u"CREATE TABLE t(a)"_s));
        lease->markBroken();
    }
    auto reader = pool->acquire(10s, ConnectionAccess::ReadOnly);
    QVERIFY(reader);
    QVERIFY(reader->execute(u"SELECT * FROM t"_s));
    QCOMPARE(pool->statistics().maximum, 1);
    QCOMPARE(pool->acquire(10s).error().kind, Error::Kind::Deadlock);
}

void ConnectionPoolSqliteTest::aMemoryDatabaseOutlivesTheThreadThatKeptItsLease()
{
    auto created = ConnectionPool::create(DatabaseUrl::forSqliteMemory());
    QVERIFY(created);
    const auto pool = std::move(*created);
    std::unique_ptr<PooledConnection> leaked;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"thread ended without returning the lease"_s));
    std::thread([&] {
        leaked = std::make_unique<PooledConnection>(*pool->acquire(10s));
        QVERIFY(leaked->execute(u"CREATE TABLE t(a)"_s));
        QVERIFY(leaked->execute(u"INSERT INTO t VALUES (1)"_s));
        const auto query = leaked->prepared(u"SELECT a FROM t"_s);
        QVERIFY(query && (*query)->exec() && (*query)->next());
    }).join();
    auto lease = pool->acquire(10s);
    QVERIFY(lease);
    QVERIFY(lease->execute(u"INSERT INTO t VALUES (2)"_s));
    // Refused while a statement still reads.
    QVERIFY(lease->execute(u"DROP TABLE t"_s));
}

void ConnectionPoolSqliteTest::aLockedDatabaseHoldsUpNoOther()
{
    const QString name = u"locker"_s;
    const auto forget = qScopeGuard([&name] { QSqlDatabase::removeDatabase(name); });
    QSqlDatabase locker = QSqlDatabase::addDatabase(u"QSQLITE"_s, name);
    locker.setDatabaseName(m_folder.filePath(u"locked.db"_s));
    QVERIFY(locker.open());
    QVERIFY(locker.exec(u"CREATE TABLE t(a)"_s).isActive());
    QVERIFY(locker.exec(u"BEGIN EXCLUSIVE"_s).isActive());
    const auto url = DatabaseUrl::parse(u"sqlite:///"_s + m_folder.filePath(u"locked.db"_s) + u"?busy_timeout=20000"_s);
    QVERIFY(url);
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    const auto waiting = ConnectionPool::create(*url, options);
    QVERIFY(waiting);
    QTRY_COMPARE((*waiting)->statistics().connecting, 1);
    // Nothing tells that it has come to the lock, where it waits.
    QTest::qWait(50);
    const auto other = create(options);
    const auto lease = other->acquire(2s);
    QVERIFY2(lease, lease ? "" : qPrintable(toString(lease.error())));
    QVERIFY(locker.exec(u"ROLLBACK"_s).isActive());
    QVERIFY((*waiting)->acquire(10s));
    locker = QSqlDatabase();
}

void ConnectionPoolSqliteTest::aMissingFileIsReportedByTheTimeout()
{
    const auto url = DatabaseUrl::parse(u"sqlite:///nonexistent/folder/x.db"_s);
    const auto pool = ConnectionPool::create(*url);
    QVERIFY(pool);
    const auto lease = (*pool)->acquire(200ms);
    QVERIFY(!lease);
    QCOMPARE(lease.error().kind, Error::Kind::Timeout);
    QVERIFY2(lease.error().message.contains(u"last connect error"_s), qPrintable(lease.error().message));
    QVERIFY((*pool)->statistics().connectFailures > 0);
}

void ConnectionPoolSqliteTest::theRegistryRefusesOtherOptions()
{
    PoolRegistry registry;
    const auto url = DatabaseUrl::forSqliteFile(m_folder.filePath(u"registry.db"_s));
    const auto same = DatabaseUrl::parse(u"sqlite:///"_s + m_folder.path() + u"/./registry.db"_s);
    QVERIFY(same);
    const auto first = registry.pool(url);
    QVERIFY(first);
    QCOMPARE(*registry.pool(*same), *first);
    PoolOptions other;
    other.poolSize = 3;
    const auto conflict = registry.pool(url, other);
    QVERIFY(!conflict);
    QCOMPARE(conflict.error().kind, Error::Kind::Conflict);
    QCOMPARE(registry.pools().size(), 1U);
    QVERIFY(registry.shutdown(10s));
    QCOMPARE((*first)->acquire(1s).error().kind, Error::Kind::Cancelled);
    QVERIFY(!registry.find(url));
}

void ConnectionPoolSqliteTest::initStatementsRunOnEveryConnection()
{
    PoolOptions options;
    options.initStatements = {u"PRAGMA cache_size=123"_s};
    const auto pool = create(options);
    for (const auto access : {ConnectionAccess::ReadWrite, ConnectionAccess::ReadOnly}) {
        auto lease = pool->acquire(10s, access);
        QVERIFY(lease);
        QSqlQuery query(lease->database());
        QVERIFY(query.exec(u"PRAGMA cache_size"_s) && query.next());
        QCOMPARE(query.value(0).toInt(), 123);
    }
}

void ConnectionPoolSqliteTest::aFailingInitStatementLeavesNothingRegistered()
{
    const QStringList before = QSqlDatabase::connectionNames();
    PoolOptions options;
    options.initStatements = {u"PRAGMA cache_size=123"_s, u"no SQL"_s};
    {
        const auto pool = create(options);
        QTRY_VERIFY(pool->statistics().connectFailures >= 2);
    }
    QCOMPARE(QSqlDatabase::connectionNames().size(), before.size());
}

QTEST_GUILESS_MAIN(ConnectionPoolSqliteTest)
#include "tst_connectionpool_sqlite.moc"
