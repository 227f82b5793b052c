// SPDX-License-Identifier: MIT
#include "../../bench/trace.h"
#include "failonwarning.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <zlib.h>

using InfraTest::readTrace;
using InfraTest::TraceFormat;
using Requests = std::vector<std::uint64_t>;

class TestTrace : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void readsOneKeyALineAndSkipsMarkers()
    {
        const QString path = plain("12\n*\n7\r\n\nkey\n 9\n12x\n18446744073709551615");
        QCOMPARE(readTrace(path, TraceFormat::Keys), std::optional(Requests{12, 7, 9, 18446744073709551615ULL}));
    }

    void readsTheFirstWordOfALine()
    {
        QCOMPARE(readTrace(plain("5 3 0 1\n6 2\n"), TraceFormat::Keys), std::optional(Requests{5, 6}));
    }

    void expandsRanges()
    {
        QCOMPARE(readTrace(plain("5 3 0 1\n100 1\n7\n9 0\n"), TraceFormat::Ranges), std::optional(Requests{5, 6, 7, 100}));
    }

    void readsGzip()
    {
        const QString path = m_folder.filePath(QStringLiteral("trace.gz"));
        const gzFile file = gzopen(QFile::encodeName(path).constData(), "wb");
        gzputs(file, "1\n2\n1\n");
        gzclose(file);
        QCOMPARE(readTrace(path, TraceFormat::Keys), std::optional(Requests{1, 2, 1}));
    }

    void refusesADamagedOrMissingFile()
    {
        const QString path = m_folder.filePath(QStringLiteral("cut.gz"));
        const gzFile file = gzopen(QFile::encodeName(path).constData(), "wb");
        for (int i = 0; i < 10'000; ++i)
            gzprintf(file, "%d\n", i * 7919 % 10'007);
        gzclose(file);
        QVERIFY(QFile::resize(path, QFile(path).size() / 2));
        QVERIFY(!readTrace(path, TraceFormat::Keys));
        QVERIFY(!readTrace(m_folder.filePath(QStringLiteral("none")), TraceFormat::Keys));
    }

private:
    QString plain(const QByteArray &text)
    {
        const QString path = m_folder.filePath(QStringLiteral("trace"));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            return {};
        return path;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestTrace)
#include "tst_trace.moc"
