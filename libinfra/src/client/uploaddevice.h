// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QIODevice>

#include <functional>

namespace Infra::Detail {

// Thread safety: none; lives on the network thread.
//
// A request's body that can be read once. QNetworkAccessManager resends a request by itself when the
// connection breaks before the answer; a sequential device whose reset() fails is what stops it (together with
// DoNotBufferUploadDataAttribute and a Content-Length). Also used with an empty body.
class UploadDevice final : public QIODevice
{
public:
    UploadDevice(QByteArray body, std::function<void()> exhausted);
    ~UploadDevice() override;

    bool isSequential() const override { return true; }
    bool reset() override { return false; }
    bool atEnd() const override { return m_position >= m_body.size(); }
    qint64 size() const override { return m_body.size(); }
    qint64 bytesAvailable() const override { return m_body.size() - m_position + QIODevice::bytesAvailable(); }

protected:
    qint64 readData(char *data, qint64 maximum) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    QByteArray m_body;
    qint64 m_position = 0;
    std::function<void()> m_exhausted;
};

} // namespace Infra::Detail
