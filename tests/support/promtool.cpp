// SPDX-License-Identifier: MIT
#include "promtool.h"

#include <QProcess>

namespace InfraTest {

QByteArray promtoolFindings(const QByteArray &text)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral("promtool"), {QStringLiteral("check"), QStringLiteral("metrics")});
    process.write(text);
    process.closeWriteChannel();
    if (!process.waitForFinished(30'000))
        return "promtool did not run: " + process.errorString().toUtf8();
    return process.exitCode() == 0 && process.exitStatus() == QProcess::NormalExit ? process.readAll().trimmed()
                                                                                    : "status " + process.readAll();
}

} // namespace InfraTest
