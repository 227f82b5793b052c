// SPDX-License-Identifier: MIT
#include "history.h"

#include <QTest>

using InfraTorture::Operation;
using InfraTorture::Verdict;
using Kind = Operation::Kind;

namespace {

// A history that is written down line by line.
class History
{
public:
    Operation &add(Kind kind, std::uint64_t begin, std::uint64_t end, std::uint64_t value = 0, std::uint32_t key = 0)
    {
        Operation operation;
        operation.kind = kind;
        operation.key = key;
        operation.incarnation = 1;
        operation.begin = begin;
        operation.end = end;
        operation.value = value;
        m_operations.push_back(operation);
        return m_operations.back();
    }
    void load(std::uint64_t begin, std::uint64_t factoryBegin, std::uint64_t factoryEnd, std::uint64_t end, std::uint64_t value)
    {
        Operation &operation = add(Kind::Load, begin, end, value);
        operation.made = value;
        operation.factoryBegin = factoryBegin;
        operation.factoryEnd = factoryEnd;
    }
    void findNothing(std::uint64_t begin, std::uint64_t factoryBegin, std::uint64_t factoryEnd, std::uint64_t end)
    {
        load(begin, factoryBegin, factoryEnd, end, 0);
        last().hasFoundNothing = true;
    }
    void addBehind(std::uint64_t begin, std::uint64_t returned, std::uint64_t flushed, std::uint64_t value)
    {
        Operation &operation = add(Kind::Set, begin, flushed, value);
        operation.isBehind = true;
        operation.returned = returned;
    }
    [[nodiscard]] Operation &last() { return m_operations.back(); }
    // One value to each of the two keys, the key's own number behind `value`.
    void setMany(std::uint64_t begin, std::uint64_t end, std::uint64_t value)
    {
        for (std::uint32_t key = 0; key < 2; ++key)
            add(Kind::Set, begin, end, value + key, key).call = value;
    }
    [[nodiscard]] Verdict judged(std::uint64_t clockError = 0) const
    {
        InfraTorture::Permissions permissions;
        permissions.clockError = clockError;
        return InfraTorture::judge(m_operations, 2, permissions);
    }

private:
    std::vector<Operation> m_operations;
};

bool isClean(const Verdict &verdict)
{
    return verdict.staleReads + verdict.resurrections + verdict.lostWrites + verdict.outlivedLives + verdict.unknownValues + verdict.parallelLoads == 0;
}

} // namespace

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

    void aReadWithinATtlIsClean();
    void aReadBehindATtlIsOfAnOutlivedEntry();
    void aTtlBeginsAtTheLatestWhenItsCallEnds();
    void aLoadedValueHasATtlToo();
    void clocksMayDiffer();
    void aMissBehindATtlIsNone();
    void aMissWithinATtlIsALostWrite();
    void aTtlOfAnOlderEntryExcusesNoMiss();
    void aTtlThatMayHaveComeLaterExcusesAMiss();
    void anEntryThatExpiredStillReplacedTheOlderOne();

    void aTouchProlongsALife();
    void aTouchShortensALife();
    void aTouchOfTheEntryBeforeShortensNothing();
    void aTouchThatMayHaveHappenedProlongsAndShortens();
    void aTouchThatWasRefusedDoesNeither();
    void aTouchThatFoundNothingDoesNeither();
    void aTouchThatFindsNothingBehindASetIsALostWrite();
    void aMissBehindATouchIsALostWrite();
    void aTouchOfWhatIsGoneIsStale();
    void aTouchThatRevivesIsOfAnOutlivedEntry();
    void aTouchOfALoadedValueIsClean();
    void aTouchDoesNotExcuseParallelLoads();

    void aWriteBehindSetMayBeDropped();
    void othersReadTheOlderValueUntilAFlush();
    void itsOwnProcessReadsAWriteBehindSetAtOnce();
    void anOlderValueBehindAWriteBehindSetThatOthersHaveSeenIsStale();
    void anOlderValueBehindAFlushIsStale();
    void aWriteBehindSetThatIsCommittedBehindALaterChangeIsStale();

    void whatAFactoryDidNotFindHidesWhatWasSetBefore();
    void whatAFactoryDidNotFindMayNotHideALaterSet();
    void factoriesThatFindNothingAreNotCalledInParallel();
    void whatLapsesIsNeitherLostNorOutlived();
    void whatLapsesIsStaleBehindAChange();
    void aLoadInTheBackgroundMayNotBringBackWhatWasInvalidated();
};

void tst_History::whatIsInOrderIsClean()
{
    History history;
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
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::anOlderValueWhileASetRunsIsNot()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 60, 8);
    history.add(Kind::Get, 50, 70, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aValueBehindAnInvalidationIsStale()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Invalidate, 30, 40, 0, Operation::AllKeys);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aLoadThatBeganBeforeAnInvalidationIsAResurrection()
{
    History history;
    history.load(10, 12, 14, 50, 7);
    history.add(Kind::Invalidate, 20, 30);
    history.add(Kind::Get, 60, 70, 7);
    QCOMPARE(history.judged().resurrections, std::uint64_t{1});
}

void tst_History::aMissBehindASetIsALostWrite()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::anInvalidationThatMayHaveHappenedExcusesAMiss()
{
    History history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Unknown;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_History::anInvalidationThatWasRefusedExcusesNothing()
{
    History history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Refused;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aValueThatNobodyWroteIsUnknown()
{
    History history;
    history.add(Kind::Get, 30, 40, 9);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::aValueOfAnotherKeyIsUnknown()
{
    History history;
    history.add(Kind::Set, 10, 20, 7, 1);
    history.add(Kind::Get, 30, 40, 7, 0);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::twoFactoriesAtOnceAreParallel()
{
    History history;
    history.load(10, 20, 40, 50, 7);
    history.load(15, 30, 45, 60, 8);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_History::aWriteOfADeadProcessEndsWithIt()
{
    History history;
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
    History history;
    history.add(Kind::Set, 10, 0, 7);
    history.add(Kind::Get, 20, 30, 7).incarnation = 2;
    history.add(Kind::Get, 40, 50, 0).incarnation = 2;
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::anInvalidationReachesItsKeysOnly()
{
    History history;
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
    History history;
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
    History history;
    history.setMany(10, 20, 7);
    history.setMany(30, 60, 17);
    // What memory has is not of the moment at which the store is read.
    history.add(Kind::Get, 40, 50, 7, 0);
    history.add(Kind::Get, 40, 50, 18, 1);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aSetManyIsLostWithAnyOfItsKeys()
{
    History history;
    history.setMany(10, 20, 7);
    history.add(Kind::Get, 30, 40, 7, 0);
    history.add(Kind::Get, 30, 40, 0, 1);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aSetManyThatWasSeenInOneKeyIsThereInAll()
{
    History history;
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
    History history;
    history.add(Kind::Set, 5, 8, 3, 1);
    history.add(Kind::Set, 10, 20, 7, 0).call = 7;
    history.add(Kind::Set, 10, 0, 8, 1).call = 7;
    history.add(Kind::Get, 30, 40, 3, 1).incarnation = 2;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aSetManyThatDiedUnseenMayBeThereOrNot()
{
    for (const bool happened : {false, true}) {
        History history;
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
    History history;
    history.add(Kind::Set, 2, 4, 3, 0);
    for (std::uint32_t key = 0; key < 2; ++key) {
        Operation &set = history.add(Kind::Set, 10, 20, 7 + key, key);
        set.call = 7;
        set.outcome = Operation::Outcome::Refused;
    }
    history.add(Kind::Get, 30, 40, 0, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aReadWithinATtlIsClean()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 120, 130, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aReadBehindATtlIsOfAnOutlivedEntry()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 121, 130, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::aTtlBeginsAtTheLatestWhenItsCallEnds()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Set, 10, 0, 8, 1).life = 100;
    history.add(Kind::Death, 50, 50);
    history.add(Kind::Get, 140, 145, 8, 1).incarnation = 2;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 151, 155, 8, 1).incarnation = 2;
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
    // It ended with an error and may be stored behind that, but not with a life that begins then.
    Operation &failed = history.add(Kind::Set, 200, 210, 9, 0);
    failed.life = 100;
    failed.outcome = Operation::Outcome::Unknown;
    failed.incarnation = 2;
    history.add(Kind::Get, 311, 320, 9, 0).incarnation = 2;
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{2});
}

void tst_History::aLoadedValueHasATtlToo()
{
    History history;
    history.load(10, 12, 14, 20, 7);
    history.last().life = 100;
    history.add(Kind::Get, 115, 118, 7);
    history.add(Kind::Get, 115, 118, 0);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Load, 121, 130, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::clocksMayDiffer()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 100, 105, 0);
    history.add(Kind::Get, 130, 135, 7);
    QVERIFY(isClean(history.judged(10)));
    const Verdict verdict = history.judged(9);
    QCOMPARE(verdict.outlivedLives, std::uint64_t{1});
    QCOMPARE(history.judged(4).lostWrites, std::uint64_t{1});
}

void tst_History::aMissBehindATtlIsNone()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 105, 115, 0); // It may have looked just before it ended.
    const Verdict verdict = history.judged();
    QVERIFY(isClean(verdict));
    QCOMPARE(verdict.expiredMisses, std::uint64_t{1});
}

void tst_History::aMissWithinATtlIsALostWrite()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 100, 109, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aTtlOfAnOlderEntryExcusesNoMiss()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 5;
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 50, 60, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aTtlThatMayHaveComeLaterExcusesAMiss()
{
    History history;
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Set, 10, 35, 7).life = 5;
    history.add(Kind::Get, 50, 60, 0);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Set, 70, 80, 9);
    history.add(Kind::Set, 75, 0, 10).life = 5;
    history.add(Kind::Death, 100, 100);
    history.add(Kind::Get, 110, 120, 0).incarnation = 2;
    QVERIFY(isClean(history.judged()));
}

void tst_History::anEntryThatExpiredStillReplacedTheOlderOne()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 40, 8).life = 5;
    history.add(Kind::Get, 60, 70, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aTouchProlongsALife()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 30, 40, 1).life = 300;
    history.add(Kind::Get, 340, 345, 7);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 341, 345, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
    history.add(Kind::Touch, 320, 325, 1);
    history.add(Kind::Get, 10'000, 10'010, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{0});
}

void tst_History::aTouchShortensALife()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Touch, 30, 40, 1).life = 50;
    history.add(Kind::Get, 90, 95, 7);
    history.add(Kind::Get, 90, 95, 0);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 91, 95, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::aTouchOfTheEntryBeforeShortensNothing()
{
    History history;
    history.add(Kind::Set, 2, 4, 6);
    history.add(Kind::Touch, 10, 30, 1).life = 5;
    history.add(Kind::Set, 20, 40, 7); // Behind the touch, or before it.
    history.add(Kind::Get, 100, 110, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aTouchThatMayHaveHappenedProlongsAndShortens()
{
    History history;
    history.add(Kind::Set, 2, 4, 6).life = 20;
    history.add(Kind::Touch, 10, 0).life = 100;
    history.add(Kind::Set, 2, 4, 8, 1);
    history.add(Kind::Touch, 10, 0, 0, 1).life = 100;
    history.add(Kind::Death, 30, 30);
    history.add(Kind::Get, 130, 131, 6).incarnation = 2;
    history.add(Kind::Get, 130, 131, 8, 1).incarnation = 2;
    history.add(Kind::Get, 132, 133, 0, 1).incarnation = 2;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 131, 132, 6).incarnation = 2;
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::aTouchThatWasRefusedDoesNeither()
{
    History history;
    history.add(Kind::Set, 2, 4, 6).life = 20;
    history.add(Kind::Set, 2, 4, 8, 1);
    for (std::uint32_t key = 0; key < 2; ++key) {
        Operation &touch = history.add(Kind::Touch, 10, 12, 0, key);
        touch.life = 100;
        touch.outcome = Operation::Outcome::Refused;
    }
    history.add(Kind::Get, 50, 60, 6);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
    history.add(Kind::Get, 200, 210, 0, 1);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aTouchThatFoundNothingDoesNeither()
{
    History history;
    history.add(Kind::Touch, 5, 6, 0).life = 1000;
    history.add(Kind::Set, 2, 10, 6).life = 20;
    history.add(Kind::Get, 50, 60, 6);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::aTouchThatFindsNothingBehindASetIsALostWrite()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 30, 40, 0).life = 100;
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aMissBehindATouchIsALostWrite()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 30, 40, 1).life = 300;
    history.add(Kind::Get, 200, 210, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
    history.add(Kind::Get, 325, 335, 0); // Now that life may be over, too.
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aTouchOfWhatIsGoneIsStale()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Invalidate, 30, 40);
    history.add(Kind::Touch, 50, 60, 1);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
    history.add(Kind::Set, 55, 70, 8);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aTouchThatRevivesIsOfAnOutlivedEntry()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 120, 125, 1).life = 30;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Touch, 156, 160, 1).life = 1000;
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_History::aTouchOfALoadedValueIsClean()
{
    History history;
    history.add(Kind::Invalidate, 2, 15);
    history.load(10, 12, 14, 20, 7);
    history.add(Kind::Touch, 30, 40, 1);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aTouchDoesNotExcuseParallelLoads()
{
    History history;
    history.load(10, 20, 40, 50, 7);
    history.add(Kind::Touch, 12, 14, 0);
    history.load(15, 30, 45, 60, 8);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_History::aWriteBehindSetMayBeDropped()
{
    History history;
    history.addBehind(10, 20, 30, 7);
    history.add(Kind::Get, 25, 26, 7);
    history.add(Kind::Get, 40, 50, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_History::othersReadTheOlderValueUntilAFlush()
{
    History history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Get, 25, 30, 7);
    history.add(Kind::Get, 40, 50, 6).incarnation = 2;
    QVERIFY(isClean(history.judged()));
}

void tst_History::itsOwnProcessReadsAWriteBehindSetAtOnce()
{
    History history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Get, 15, 18, 6);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 25, 30, 6);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::anOlderValueBehindAWriteBehindSetThatOthersHaveSeenIsStale()
{
    History history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 0, 7);
    history.add(Kind::Get, 25, 30, 7).incarnation = 2;
    history.add(Kind::Get, 40, 50, 6).incarnation = 3;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::anOlderValueBehindAFlushIsStale()
{
    History history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 30, 7);
    history.add(Kind::Get, 40, 50, 6);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aWriteBehindSetThatIsCommittedBehindALaterChangeIsStale()
{
    History history;
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 70, 80, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
    History overlapping;
    overlapping.addBehind(10, 35, 60, 7);
    overlapping.add(Kind::Set, 30, 40, 8);
    overlapping.add(Kind::Get, 70, 80, 7);
    QVERIFY(isClean(overlapping.judged()));
}

void tst_History::whatAFactoryDidNotFindHidesWhatWasSetBefore()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.findNothing(30, 32, 34, 40);
    history.add(Kind::Get, 50, 60, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_History::whatAFactoryDidNotFindMayNotHideALaterSet()
{
    History history;
    history.findNothing(10, 12, 24, 40);
    history.add(Kind::Set, 14, 20, 7);
    history.add(Kind::Get, 50, 60, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::factoriesThatFindNothingAreNotCalledInParallel()
{
    History history;
    history.findNothing(10, 12, 24, 40);
    history.findNothing(10, 20, 30, 40);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_History::whatLapsesIsNeitherLostNorOutlived()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.add(Kind::Get, 30, 40, 0);
    history.add(Kind::Load, 50, 60, 7).isLapsing = true;
    QVERIFY(isClean(history.judged()));
}

void tst_History::whatLapsesIsStaleBehindAChange()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.add(Kind::Invalidate, 30, 40);
    history.add(Kind::Load, 50, 60, 7).isLapsing = true;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aLoadInTheBackgroundMayNotBringBackWhatWasInvalidated()
{
    History history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.load(30, 50, 90, 35, 8);
    history.last().value = 7;
    history.add(Kind::Get, 100, 110, 8);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Invalidate, 60, 70);
    QCOMPARE(history.judged().resurrections, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(tst_History)
#include "tst_history.moc"
