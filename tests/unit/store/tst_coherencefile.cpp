// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include "store/coherencefile.h"
#include "store/coherenceview.h"

#include <infra/clock.h>

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;

namespace {

constexpr std::uint32_t Region = 3;
constexpr std::uint64_t Key = 0x1234567890abcdef;
constexpr std::chrono::seconds Patience{60};

} // namespace

// One file, mapped twice as two processes would.
class tst_CoherenceFile : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aChangeEndsEveryCopy();
    void nobodyBringsARetiredFileBack_data();
    void nobodyBringsARetiredFileBack();
    void theDatabaseMustAgreeWithWhatMayHaveBeenCommitted();
    void aDeadWritersCommitIsNotKnown();
    void aRecallMakesSnapshotsOldAndCopiesNot();
    void whoWaitsForTheLockLooksAfterItsSnapshots();

private:
    [[nodiscard]] bool isCurrent(CoherenceStamp stamp) const { return m_reader->view(Region).isCurrent(Key, stamp); }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::shared_ptr<CoherenceFile> m_writer;
    std::shared_ptr<CoherenceFile> m_reader;
};

void tst_CoherenceFile::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    const QByteArray path = QFile::encodeName(m_directory->filePath(QStringLiteral("s.coherence")));
    auto created = CoherenceFile::create(path, QByteArray(16, 's'), 0);
    QVERIFY(created);
    auto opened = CoherenceFile::open(path);
    QVERIFY(opened);
    m_writer = *created;
    m_reader = *opened;
}

void tst_CoherenceFile::aChangeEndsEveryCopy()
{
    const auto before = m_reader->capture(Region, Key);
    QVERIFY(isCurrent(before));
    QVERIFY(m_writer->beginFlight() && m_writer->markStripe(Key));
    QVERIFY(!isCurrent(before));
    QVERIFY(!isCurrent(m_reader->capture(Region, Key)));
    m_writer->endFlight();
    QVERIFY(!isCurrent(before));
    QVERIFY(isCurrent(m_reader->capture(Region, Key)));
}

void tst_CoherenceFile::nobodyBringsARetiredFileBack_data()
{
    QTest::addColumn<bool>("repairs");
    QTest::newRow("a writer ends its change") << false;
    QTest::newRow("a writer repairs") << true;
}

void tst_CoherenceFile::nobodyBringsARetiredFileBack()
{
    QFETCH(bool, repairs);
    QVERIFY(m_writer->beginFlight() && m_writer->markStripe(Key) && m_writer->markAllRegions());
    // The third process, which found the file gone and made another.
    auto third = CoherenceFile::open(QFile::encodeName(m_directory->filePath(QStringLiteral("s.coherence"))));
    QVERIFY(third);
    (*third)->retire();
    if (repairs)
        QVERIFY(!m_writer->repair());
    else
        m_writer->endFlight();
    QVERIFY(!isCurrent(m_reader->capture(Region, Key)));
    // And what it does next.
    QVERIFY(!m_writer->beginFlight());
    QVERIFY(!m_writer->markStripe(Key));
    QVERIFY(!m_writer->markAllRegions());
    m_writer->advanceEpoch();
    m_writer->endFlight();
    QVERIFY(!isCurrent(m_reader->capture(Region, Key)));
    QVERIFY(!m_reader->isSound());
}

void tst_CoherenceFile::theDatabaseMustAgreeWithWhatMayHaveBeenCommitted()
{
    using Kind = CommitRecord::Kind;
    const CommitRecord first{Kind::Present, Region, 17, "a"};
    const CommitRecord second{Kind::Absent, Region, 0, "b"};
    m_writer->recordPending(first);
    m_writer->recordCommitted(1000);
    QCOMPARE(m_reader->lastCommit().key, first.key);
    m_writer->recordPending(second);
    auto possible = m_reader->possibleCommits();
    QCOMPARE(possible.size(), 2U);
    QVERIFY(possible.at(0).key == first.key && possible.at(1).key == second.key);
    // Too long to be recorded: anything may be true.
    m_writer->recordPending({Kind::Present, Region, 1, QByteArray(CommitRecord::MaximumKey + 1, 'k')});
    QVERIFY(m_reader->possibleCommits().empty());
}

void tst_CoherenceFile::aDeadWritersCommitIsNotKnown()
{
    const CommitRecord record{CommitRecord::Kind::Present, Region, 17, "a"};
    m_writer->recordPending(record);
    m_writer->recordCommitted(1000);
    QCOMPARE(m_reader->possibleCommits().size(), 2U);
    QVERIFY(m_writer->repair());
    QVERIFY(m_reader->possibleCommits().empty());
}

void tst_CoherenceFile::aRecallMakesSnapshotsOldAndCopiesNot()
{
    const auto copy = m_reader->capture(Region, Key);
    const std::uint64_t counter = m_reader->commitCounter();
    m_writer->recallSnapshots();
    QVERIFY(m_reader->commitCounter() != counter);
    QVERIFY(m_reader->isCounting(m_reader->commitCounter()));
    QVERIFY(isCurrent(copy));
}

void tst_CoherenceFile::whoWaitsForTheLockLooksAfterItsSnapshots()
{
    QVERIFY(m_writer->lockWriter(Clock::system(), SteadyTime::max()).value_or(false));
    std::atomic<int> looks{0};
    std::thread waiter([&] {
        static_cast<void>(m_reader->lockWriter(Clock::system(), Clock::system().steadyNow() + Patience, [&looks] { ++looks; }));
        m_reader->unlockWriter();
    });
    while (looks == 0)
        std::this_thread::yield();
    m_writer->unlockWriter();
    waiter.join();
}

QTEST_GUILESS_MAIN(tst_CoherenceFile)
#include "tst_coherencefile.moc"
