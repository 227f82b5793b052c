// SPDX-License-Identifier: MIT
#include "logcapture.h"

#include "core/threadannotations.h"

#include <QLoggingCategory>
#include <QStringList>

namespace InfraTest {

namespace {

Infra::Detail::Mutex s_mutex;
QStringList s_lines INFRA_GUARDED_BY(s_mutex);

void keep(QtMsgType, const QMessageLogContext &context, const QString &message)
{
    const Infra::Detail::MutexLocker locker(s_mutex);
    s_lines.append(QLatin1String(context.category) + QStringLiteral(": ") + message);
}

} // namespace

LogCapture::LogCapture()
{
    {
        const Infra::Detail::MutexLocker locker(s_mutex);
        s_lines.clear();
    }
    QLoggingCategory::setFilterRules(QStringLiteral("*.debug=true"));
    m_previous = qInstallMessageHandler(&keep);
}

LogCapture::~LogCapture()
{
    qInstallMessageHandler(m_previous);
    QLoggingCategory::setFilterRules({});
}

QString LogCapture::text()
{
    const Infra::Detail::MutexLocker locker(s_mutex);
    return s_lines.join(QLatin1Char('\n'));
}

} // namespace InfraTest
