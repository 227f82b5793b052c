// SPDX-License-Identifier: MIT
#include "writtenhistory.h"

#include <QTest>

using namespace InfraTorture;
using Kind = Operation::Kind;

// What the judge sees of lives: how long a value may be read, and what a touch makes of that.
class tst_HistoryLives : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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
};

void tst_HistoryLives::aReadWithinATtlIsClean()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 120, 130, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLives::aReadBehindATtlIsOfAnOutlivedEntry()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 121, 130, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_HistoryLives::aTtlBeginsAtTheLatestWhenItsCallEnds()
{
    WrittenHistory history;
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

void tst_HistoryLives::aLoadedValueHasATtlToo()
{
    WrittenHistory history;
    history.load(10, 12, 14, 20, 7);
    history.last().life = 100;
    history.add(Kind::Get, 115, 118, 7);
    history.add(Kind::Get, 115, 118, 0);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Load, 121, 130, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_HistoryLives::clocksMayDiffer()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 100, 105, 0);
    history.add(Kind::Get, 130, 135, 7);
    QVERIFY(isClean(history.judged(10)));
    const Verdict verdict = history.judged(9);
    QCOMPARE(verdict.outlivedLives, std::uint64_t{1});
    QCOMPARE(history.judged(4).lostWrites, std::uint64_t{1});
}

void tst_HistoryLives::aMissBehindATtlIsNone()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 105, 115, 0); // It may have looked just before it ended.
    const Verdict verdict = history.judged();
    QVERIFY(isClean(verdict));
    QCOMPARE(verdict.expiredMisses, std::uint64_t{1});
}

void tst_HistoryLives::aMissWithinATtlIsALostWrite()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Get, 100, 109, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_HistoryLives::aTtlOfAnOlderEntryExcusesNoMiss()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 5;
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 50, 60, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_HistoryLives::aTtlThatMayHaveComeLaterExcusesAMiss()
{
    WrittenHistory history;
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

void tst_HistoryLives::anEntryThatExpiredStillReplacedTheOlderOne()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 40, 8).life = 5;
    history.add(Kind::Get, 60, 70, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_HistoryLives::aTouchProlongsALife()
{
    WrittenHistory history;
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

void tst_HistoryLives::aTouchShortensALife()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Touch, 30, 40, 1).life = 50;
    history.add(Kind::Get, 90, 95, 7);
    history.add(Kind::Get, 90, 95, 0);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 91, 95, 7);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_HistoryLives::aTouchOfTheEntryBeforeShortensNothing()
{
    WrittenHistory history;
    history.add(Kind::Set, 2, 4, 6);
    history.add(Kind::Touch, 10, 30, 1).life = 5;
    history.add(Kind::Set, 20, 40, 7); // Behind the touch, or before it.
    history.add(Kind::Get, 100, 110, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLives::aTouchThatMayHaveHappenedProlongsAndShortens()
{
    WrittenHistory history;
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

void tst_HistoryLives::aTouchThatWasRefusedDoesNeither()
{
    WrittenHistory history;
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

void tst_HistoryLives::aTouchThatFoundNothingDoesNeither()
{
    WrittenHistory history;
    history.add(Kind::Touch, 5, 6, 0).life = 1000;
    history.add(Kind::Set, 2, 10, 6).life = 20;
    history.add(Kind::Get, 50, 60, 6);
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_HistoryLives::aTouchThatFindsNothingBehindASetIsALostWrite()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 30, 40, 0).life = 100;
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_HistoryLives::aMissBehindATouchIsALostWrite()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 30, 40, 1).life = 300;
    history.add(Kind::Get, 200, 210, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
    history.add(Kind::Get, 325, 335, 0); // Now that life may be over, too.
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_HistoryLives::aTouchOfWhatIsGoneIsStale()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Invalidate, 30, 40);
    history.add(Kind::Touch, 50, 60, 1);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
    history.add(Kind::Set, 55, 70, 8);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLives::aTouchThatRevivesIsOfAnOutlivedEntry()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).life = 100;
    history.add(Kind::Touch, 120, 125, 1).life = 30;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Touch, 156, 160, 1).life = 1000;
    QCOMPARE(history.judged().outlivedLives, std::uint64_t{1});
}

void tst_HistoryLives::aTouchOfALoadedValueIsClean()
{
    WrittenHistory history;
    history.add(Kind::Invalidate, 2, 15);
    history.load(10, 12, 14, 20, 7);
    history.add(Kind::Touch, 30, 40, 1);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLives::aTouchDoesNotExcuseParallelLoads()
{
    WrittenHistory history;
    history.load(10, 20, 40, 50, 7);
    history.add(Kind::Touch, 12, 14, 0);
    history.load(15, 30, 45, 60, 8);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(tst_HistoryLives)
#include "tst_historylives.moc"
