// SPDX-License-Identifier: MIT
#include "uploaddevice.h"

#include <algorithm>
#include <cstring>

namespace Infra::Detail {

UploadDevice::UploadDevice(QByteArray body, std::function<void()> exhausted)
    : m_body(std::move(body)), m_exhausted(std::move(exhausted))
{
    open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

UploadDevice::~UploadDevice() = default;

qint64 UploadDevice::readData(char *data, qint64 maximum)
{
    const qint64 count = std::min<qint64>(maximum, m_body.size() - m_position);
    if (count <= 0)
        return -1;
    std::memcpy(data, m_body.constData() + m_position, static_cast<std::size_t>(count));
    m_position += count;
    if (m_position == m_body.size() && m_exhausted)
        m_exhausted();
    return count;
}

qint64 UploadDevice::writeData(const char *, qint64)
{
    return -1;
}

} // namespace Infra::Detail
