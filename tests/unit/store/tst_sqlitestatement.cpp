// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include "store/sqliteconnection.h"
#include "store/sqlitestatement.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;

Q_DECLARE_METATYPE(Infra::Detail::SqliteStatement::Through)

// Each test runs through SQLite's own functions and through QSqlQuery: both must behave alike.
class tst_SqliteStatement : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void functionsAreFound();
    void valuesComeBack_data() { ways(); }
    void valuesComeBack();
    void textIsText_data() { ways(); }
    void textIsText();
    void rowsComeOneByOne_data() { ways(); }
    void rowsComeOneByOne();
    void finishedStatementsHoldNothing_data() { ways(); }
    void finishedStatementsHoldNothing();
    void errorsSayWhatTheyMean_data() { ways(); }
    void errorsSayWhatTheyMean();
    void statementsMove_data() { ways(); }
    void statementsMove();

private:
    static void ways();
    [[nodiscard]] SqliteStatement statement(const char *sql) const
    {
        QFETCH(SqliteStatement::Through, through);
        return SqliteStatement(m_connection->database(), QLatin1String(sql), through);
    }
    void insert(SqliteStatement &into, std::int64_t id, const QByteArray &bytes, SystemTime time) const
    {
        into.bind(0, id);
        into.bind(1, bytes);
        into.bind(2, time);
        QVERIFY(into.execute("inserting"));
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<SqliteConnection> m_connection;
};

void tst_SqliteStatement::ways()
{
    QTest::addColumn<SqliteStatement::Through>("through");
    QTest::newRow("functions") << SqliteStatement::Through::Functions;
    QTest::newRow("QSqlQuery") << SqliteStatement::Through::Query;
}

void tst_SqliteStatement::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    auto opened = SqliteConnection::open(m_directory->filePath(QStringLiteral("x.db")), SqliteConnection::Mode::Create,
                                         std::chrono::milliseconds(100));
    QVERIFY(opened);
    m_connection = *std::move(opened);
    QVERIFY(m_connection->execute(QStringLiteral("PRAGMA journal_mode = WAL")));
    QVERIFY(m_connection->execute(QStringLiteral("CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, time INTEGER)")));
}

void tst_SqliteStatement::cleanup()
{
    m_connection.reset();
    m_directory.reset();
}

void tst_SqliteStatement::functionsAreFound()
{
    // Without them everything works, at several times the cost: a packaging that loses them must be seen.
    QVERIFY(SqliteFunctions::of(m_connection->database().driver()));
    QVERIFY(SqliteFunctions::handle(m_connection->database().driver()));
}

void tst_SqliteStatement::valuesComeBack()
{
    SqliteStatement into = statement("INSERT INTO t VALUES (?, ?, ?)");
    const SystemTime time{std::chrono::milliseconds(1'800'000'000'123)};
    const QByteArray zeros("a\0b", 3);
    insert(into, 1, zeros, time);
    QCOMPARE(into.lastInsertId(), std::int64_t{1});
    insert(into, std::int64_t{1} << 40, QByteArray(), SystemTime::max());
    insert(into, -5, QByteArray(100'000, 'x'), SystemTime{});

    SqliteStatement select = statement("SELECT id, bytes, time FROM t WHERE id = ?");
    const auto check = [&](std::int64_t id, const QByteArray &bytes, SystemTime at) {
        select.bind(0, id);
        const auto found = select.step("selecting");
        QVERIFY(found && *found);
        QCOMPARE(select.integer(0), id);
        QCOMPARE(select.bytes(1), bytes);
        QCOMPARE(select.view(1), bytes);
        QCOMPARE(select.time(2), at);
        select.finish();
    };
    check(1, zeros, time);
    check(std::int64_t{1} << 40, QByteArray(), SystemTime::max());
    check(-5, QByteArray(100'000, 'x'), SystemTime{});
    select.bind(0, std::int64_t{99});
    const auto missing = select.step("selecting");
    QVERIFY(missing && !*missing);
}

void tst_SqliteStatement::textIsText()
{
    SqliteStatement into = statement("INSERT INTO t VALUES (?, ?, ?)");
    into.bind(0, std::int64_t{1});
    into.bindText(1, QByteArrayLiteral("\xc3\xa4"));
    into.bind(2, SystemTime::max());
    QVERIFY(into.execute("inserting"));
    into.bind(0, std::int64_t{2});
    into.bindText(1, QByteArray());
    QVERIFY(into.execute("inserting"));
    SqliteStatement count = statement("SELECT count(*) FROM t WHERE typeof(bytes) = 'text' AND hex(bytes) IN ('C3A4', '')");
    QVERIFY(*count.step("counting"));
    QCOMPARE(count.integer(0), std::int64_t{2});
    count.finish();
}

void tst_SqliteStatement::rowsComeOneByOne()
{
    SqliteStatement into = statement("INSERT INTO t VALUES (?, ?, ?)");
    for (std::int64_t i = 0; i < 5; ++i)
        insert(into, i, QByteArray::number(qlonglong(i)), SystemTime::max());
    SqliteStatement select = statement("SELECT id FROM t ORDER BY id");
    for (int round = 0; round < 2; ++round) {
        for (std::int64_t i = 0; i < 5; ++i) {
            const auto found = select.step("selecting");
            QVERIFY(found && *found);
            QCOMPARE(select.integer(0), i);
        }
        const auto end = select.step("selecting");
        QVERIFY(end && !*end); // And the next step() begins anew.
    }
}

void tst_SqliteStatement::finishedStatementsHoldNothing()
{
    SqliteStatement into = statement("INSERT INTO t VALUES (?, ?, ?)");
    insert(into, 1, "one", SystemTime::max());
    insert(into, 2, "two", SystemTime::max());
    SqliteStatement select = statement("SELECT id FROM t ORDER BY id");
    auto other = SqliteConnection::open(m_directory->filePath(QStringLiteral("x.db")), SqliteConnection::Mode::ReadWrite,
                                        std::chrono::milliseconds(1));
    QVERIFY(other);
    const auto isHeld = [&] { return (*other)->value(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"))->toInt() != 0; };
    QVERIFY(*select.step("selecting"));
    QVERIFY(isHeld());
    select.finish();
    QVERIFY(!isHeld());
}

void tst_SqliteStatement::errorsSayWhatTheyMean()
{
    SqliteStatement into = statement("INSERT INTO t VALUES (?, ?, ?)");
    insert(into, 1, "one", SystemTime::max());
    into.bind(0, std::int64_t{1});
    const auto twice = into.execute("inserting twice");
    QVERIFY(!twice);
    QCOMPARE(twice.error().fault, SqliteFault::Other);
    QCOMPARE(twice.error().error.kind, Error::Kind::QueryFailed);
    QVERIFY(twice.error().error.message.startsWith(QStringLiteral("inserting twice: ")));
    QCOMPARE(twice.error().error.nativeCode, QStringLiteral("1555")); // SQLITE_CONSTRAINT_PRIMARYKEY
    insert(into, 2, "two", SystemTime::max());

    SqliteStatement lost = statement("SELECT 1 FROM missing");
    QVERIFY(!lost.isReady());
    QCOMPARE(lost.problem().fault, SqliteFault::Damage);
    const auto refused = lost.step("looking");
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.kind, Error::Kind::Corrupt);
}

void tst_SqliteStatement::statementsMove()
{
    SqliteStatement first = statement("INSERT INTO t VALUES (?, ?, ?)");
    SqliteStatement second = std::move(first);
    insert(second, 1, "one", SystemTime::max());
    SqliteStatement third;
    QVERIFY(!third.isReady());
    third = std::move(second);
    insert(third, 2, "two", SystemTime::max());
}

QTEST_GUILESS_MAIN(tst_SqliteStatement)
#include "tst_sqlitestatement.moc"
