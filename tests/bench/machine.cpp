// SPDX-License-Identifier: MIT
#include "machine.h"

#include <QFile>
#include <QSysInfo>

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>

namespace InfraTest {

namespace {

// What stands behind "name:" in one of the kernel's tables; the first of several.
QByteArray fieldOf(const char *file, const QByteArray &name)
{
    QFile table(QString::fromLatin1(file));
    if (!table.open(QIODevice::ReadOnly))
        return {};
    for (const QByteArray &line : table.readAll().split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (line.left(colon).trimmed() == name)
            return line.mid(colon + 1).trimmed();
    }
    return {};
}

double kibibytes(const QByteArray &field)
{
    return field.split(' ').value(0).toDouble();
}

QString compiler()
{
#if defined(__clang__)
    return QStringLiteral("clang %1.%2").arg(__clang_major__).arg(__clang_minor__);
#else
    return QStringLiteral("GCC %1.%2").arg(__GNUC__).arg(__GNUC_MINOR__);
#endif
}

} // namespace

double availableMemory()
{
    return kibibytes(fieldOf("/proc/meminfo", "MemAvailable")) * 1024;
}

QJsonObject describeMachine()
{
    std::array<double, 1> load{};
    if (::getloadavg(load.data(), 1) != 1)
        load[0] = 0;
    return {{QStringLiteral("cores"), static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN))},
            {QStringLiteral("processor"), QString::fromLatin1(fieldOf("/proc/cpuinfo", "model name"))},
            {QStringLiteral("isVirtual"), fieldOf("/proc/cpuinfo", "flags").split(' ').contains("hypervisor")},
            {QStringLiteral("memoryGibibytes"), kibibytes(fieldOf("/proc/meminfo", "MemTotal")) / (1 << 20)},
            {QStringLiteral("kernel"), QString(QSysInfo::kernelType() + QLatin1Char(' ') + QSysInfo::kernelVersion())},
            {QStringLiteral("system"), QSysInfo::prettyProductName()},
            {QStringLiteral("compiler"), compiler()},
#ifdef NDEBUG
            {QStringLiteral("isOptimized"), true},
#else
            {QStringLiteral("isOptimized"), false},
#endif
            {QStringLiteral("qt"), QString::fromLatin1(qVersion())},
            {QStringLiteral("sqlite"), QString::fromLatin1(sqlite3_libversion())},
            {QStringLiteral("loadBefore"), load[0]}};
}

QString machineText(const QJsonObject &machine)
{
    return QStringLiteral("%1 cores of %2%3, %4 GiB, %5, %6, Qt %7, SQLite %8%9")
        .arg(machine[QStringLiteral("cores")].toInt())
        .arg(machine[QStringLiteral("processor")].toString(),
             machine[QStringLiteral("isVirtual")].toBool() ? QStringLiteral(" (virtual machine)") : QString())
        .arg(machine[QStringLiteral("memoryGibibytes")].toDouble(), 0, 'f', 1)
        .arg(machine[QStringLiteral("kernel")].toString(), machine[QStringLiteral("compiler")].toString(),
             machine[QStringLiteral("qt")].toString(), machine[QStringLiteral("sqlite")].toString(),
             machine[QStringLiteral("isOptimized")].toBool() ? QString()
                                                             : QStringLiteral(", a build without optimization"));
}

} // namespace InfraTest
