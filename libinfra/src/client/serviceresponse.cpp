// SPDX-License-Identifier: MIT
#include <infra/servicerequest.h>
#include <infra/serviceresponse.h>

#include <QJsonParseError>

namespace Infra {

void ServiceRequest::setJson(const QJsonDocument &document)
{
    body = document.toJson(QJsonDocument::Compact);
    contentType = QByteArrayLiteral("application/json");
}

QByteArray ServiceResponse::header(QByteArrayView name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

Result<QJsonDocument> ServiceResponse::json() const
{
    QJsonParseError parseError;
    QJsonDocument document = QJsonDocument::fromJson(body, &parseError);
    if (parseError.error != QJsonParseError::NoError) {
        return failure(Error::Kind::Protocol,
                       QStringLiteral("the answer (status %1, %2 bytes) is not JSON: %3 at byte %4")
                           .arg(status)
                           .arg(body.size())
                           .arg(parseError.errorString())
                           .arg(parseError.offset),
                       QString::number(status));
    }
    return document;
}

} // namespace Infra
