// SPDX-License-Identifier: MIT
#include "writtenhistory.h"

#include <QTest>

using namespace InfraTorture;
using Kind = Operation::Kind;

// What the judge of the campaigns sees and what it lets pass, on histories that fit on a few lines.
class tst_History : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsInOrderIsClean();
    void anOlderValueBehindASetIsStale();
    void anOlderValueWhileASetRunsIsNot();
    void aValueBehindAnInvalidationIsStale();
    void aLoadThatBeganBeforeAnInvalidationIsAResurrection();
    void aMissBehindASetIsALostWrite();
    void anInvalidationThatMayHaveHappenedExcusesAMiss();
    void anInvalidationThatWasRefusedExcusesNothing();
    void aValueThatNobodyWroteIsUnknown();
    void aValueOfAnotherKeyIsUnknown();
    void twoFactoriesAtOnceAreParallel();
    void aWriteOfADeadProcessEndsWithIt();
    void aMissBehindASetThatWasSeenIsALostWrite();
    void anInvalidationReachesItsKeysOnly();

    void ofAGetManyEachValueIsJudged();
    void aGetManyMayMeetASetManyHalfway();
    void aSetManyIsLostWithAnyOfItsKeys();
    void aSetManyThatWasSeenInOneKeyIsThereInAll();
    void aSetManyThatWasAcknowledgedInOneKeyIsThereInAll();
    void aSetManyThatDiedUnseenMayBeThereOrNot();
    void aSetManyThatWasRefusedExcusesNothing();
};

void tst_History::whatIsInOrderIsClean()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 7);
    history.add(Kind::Invalidate, 50, 60);
    history.add(Kind::Get, 70, 80, 0);
    history.load(90, 92, 94, 99, 8);
    history.add(Kind::Get, 100, 110, 8);
    const Verdict verdict = history.judged();
    QVERIFY(isClean(verdict));
    QCOMPARE(verdict.operations, std::uint64_t{6});
}

void tst_History::anOlderValueBehindASetIsStale()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::anOlderValueWhileASetRunsIsNot()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 60, 8);
    history.add(Kind::Get, 50, 70, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aValueBehindAnInvalidationIsStale()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Invalidate, 30, 40, 0, Operation::AllKeys);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aLoadThatBeganBeforeAnInvalidationIsAResurrection()
{
    WrittenHistory history;
    history.load(10, 12, 14, 50, 7);
    history.add(Kind::Invalidate, 20, 30);
    history.add(Kind::Get, 60, 70, 7);
    QCOMPARE(history.judged().resurrections, std::uint64_t{1});
}

void tst_History::aMissBehindASetIsALostWrite()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::anInvalidationThatMayHaveHappenedExcusesAMiss()
{
    WrittenHistory history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Unknown;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_History::anInvalidationThatWasRefusedExcusesNothing()
{
    WrittenHistory history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Refused;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aValueThatNobodyWroteIsUnknown()
{
    WrittenHistory history;
    history.add(Kind::Get, 30, 40, 9);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::aValueOfAnotherKeyIsUnknown()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7, 1);
    history.add(Kind::Get, 30, 40, 7, 0);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::twoFactoriesAtOnceAreParallel()
{
    WrittenHistory history;
    history.load(10, 20, 40, 50, 7);
    history.load(15, 30, 45, 60, 8);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_History::aWriteOfADeadProcessEndsWithIt()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 0, 7); // It never returned, and may have happened until the process was gone.
    history.add(Kind::Death, 40, 40);
    history.add(Kind::Set, 20, 30, 8).incarnation = 2;
    history.add(Kind::Get, 50, 60, 7).incarnation = 2;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Set, 70, 80, 9).incarnation = 2;
    history.add(Kind::Get, 90, 95, 7).incarnation = 2;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aMissBehindASetThatWasSeenIsALostWrite()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 0, 7);
    history.add(Kind::Get, 20, 30, 7).incarnation = 2;
    history.add(Kind::Get, 40, 50, 0).incarnation = 2;
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::anInvalidationReachesItsKeysOnly()
{
    WrittenHistory history;
    history.setMany(10, 20, 7);
    history.add(Kind::Invalidate, 30, 40, 0, 0);
    history.add(Kind::Get, 50, 60, 0, 0);
    history.add(Kind::Get, 50, 60, 8, 1);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Invalidate, 70, 80, 0, 0).keyCount = 2;
    history.add(Kind::Get, 90, 95, 8, 1);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::ofAGetManyEachValueIsJudged()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7, 0);
    history.add(Kind::Set, 10, 20, 8, 1);
    history.add(Kind::Set, 30, 40, 9, 1);
    // One call, which begins behind both sets of the second key.
    history.add(Kind::Get, 50, 60, 7, 0);
    history.add(Kind::Get, 50, 60, 8, 1);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aGetManyMayMeetASetManyHalfway()
{
    WrittenHistory history;
    history.setMany(10, 20, 7);
    history.setMany(30, 60, 17);
    // What memory has is not of the moment at which the store is read.
    history.add(Kind::Get, 40, 50, 7, 0);
    history.add(Kind::Get, 40, 50, 18, 1);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aSetManyIsLostWithAnyOfItsKeys()
{
    WrittenHistory history;
    history.setMany(10, 20, 7);
    history.add(Kind::Get, 30, 40, 7, 0);
    history.add(Kind::Get, 30, 40, 0, 1);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aSetManyThatWasSeenInOneKeyIsThereInAll()
{
    WrittenHistory history;
    history.add(Kind::Set, 5, 8, 3, 1);
    history.setMany(10, 0, 7);
    history.add(Kind::Death, 40, 40);
    history.add(Kind::Get, 20, 30, 7, 0).incarnation = 2;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 50, 60, 3, 1).incarnation = 2;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
    history.add(Kind::Get, 70, 80, 0, 1).incarnation = 2;
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aSetManyThatWasAcknowledgedInOneKeyIsThereInAll()
{
    // It was killed while it wrote down that it had returned.
    WrittenHistory history;
    history.add(Kind::Set, 5, 8, 3, 1);
    history.add(Kind::Set, 10, 20, 7, 0).call = 7;
    history.add(Kind::Set, 10, 0, 8, 1).call = 7;
    history.add(Kind::Get, 30, 40, 3, 1).incarnation = 2;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aSetManyThatDiedUnseenMayBeThereOrNot()
{
    for (const bool happened : {false, true}) {
        WrittenHistory history;
        history.add(Kind::Set, 2, 4, 3, 0);
        history.add(Kind::Set, 2, 4, 4, 1);
        history.setMany(10, 0, 7);
        history.add(Kind::Death, 40, 40);
        history.add(Kind::Get, 50, 60, happened ? 7 : 3, 0).incarnation = 2;
        history.add(Kind::Get, 70, 80, happened ? 8 : 4, 1).incarnation = 2;
        QVERIFY(isClean(history.judged()));
    }
}

void tst_History::aSetManyThatWasRefusedExcusesNothing()
{
    WrittenHistory history;
    history.add(Kind::Set, 2, 4, 3, 0);
    for (std::uint32_t key = 0; key < 2; ++key) {
        Operation &set = history.add(Kind::Set, 10, 20, 7 + key, key);
        set.call = 7;
        set.outcome = Operation::Outcome::Refused;
    }
    history.add(Kind::Get, 30, 40, 0, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(tst_History)
#include "tst_history.moc"
