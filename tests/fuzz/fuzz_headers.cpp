// SPDX-License-Identifier: MIT
#include "client/httpheaders.h"
#include "client/redirectpolicy.h"
#include "client/serviceurl.h"
#include "fuzzinput.h"

#include <infra/openmetrics.h>
#include <infra/requestcontext.h>
#include <infra/services.h>
#include <infra/serviceresponse.h>

#include <QProcessEnvironment>

using namespace Infra;
using namespace Infra::Detail;
using InfraFuzz::require;

namespace {

bool isSame(const QByteArray &left, const char *right)
{
    return left.compare(right, Qt::CaseInsensitive) == 0;
}

// What a caller may add to a request: nothing that ends a header early, or speaks for the transport.
void checkSent(const HttpHeaders &headers)
{
    if (checkHeaders(headers)) {
        for (const auto &[name, value] : headers) {
            require(!name.isEmpty() && !name.contains(':') && !name.contains(' ') && !name.contains('\r') && !name.contains('\n'));
            require(!value.contains('\r') && !value.contains('\n') && !value.contains('\0'));
            require(!isSame(name, "Host") && !isSame(name, "Content-Length") && !isSame(name, "Transfer-Encoding"));
        }
    }
    for (const auto &[name, value] : withoutCredentials(headers))
        require(!isSame(name, "Authorization") && !isSame(name, "Cookie") && !isSame(name, "Idempotency-Key"));
    if (headers.empty())
        return;
    HttpHeaders changed = headers;
    const QByteArray &name = headers.back().first;
    setHeader(changed, name, "new");
    require(std::count_if(changed.begin(), changed.end(), [&](const auto &header) {
        return header.first.compare(name, Qt::CaseInsensitive) == 0;
    }) == 1);
}

void checkReceived(const HttpHeaders &headers, const QByteArray &body)
{
    ServiceResponse response;
    response.headers = headers;
    response.body = body;
    for (const auto &[name, value] : headers) {
        // The first of a name counts.
        const auto first = std::find_if(headers.begin(), headers.end(), [&name = name](const auto &header) {
            return header.first.compare(name, Qt::CaseInsensitive) == 0;
        });
        require(response.header(name) == first->second);
    }
    if (const auto json = response.json(); !json)
        require(json.error().kind == Error::Kind::Protocol && !json.error().message.isEmpty());
    static_cast<void>(negotiateMetricsFormat(body));
}

void checkRedirect(std::uint8_t choice, const QByteArray &location)
{
    constexpr int Statuses[] = {300, 301, 302, 303, 304, 307, 308, 399};
    static const QByteArray methods[] = {"GET", "HEAD", "POST", "DELETE"};
    static const QUrl origins[] = {QUrl(QStringLiteral("http://service:8006/base/")), QUrl(QStringLiteral("https://service/base?secret=1"))};
    const int status = Statuses[choice % 8];
    const QByteArray &method = methods[(choice >> 3) % 4];
    const bool repeatable = ((choice >> 5) & 1) != 0;
    const QUrl &from = origins[(choice >> 6) & 1];
    const auto redirect = redirectOf(status, location, from, method, repeatable);
    if (!redirect) {
        require(redirect.error().kind == Error::Kind::Protocol && !redirect.error().message.contains(QLatin1String("secret")));
        return;
    }
    if (!*redirect)
        return;
    const Redirect &to = **redirect;
    require(status != 300 && status != 304 && status != 399);
    require(to.url.isValid() && !to.url.host().isEmpty() && to.url.userInfo().isEmpty() && !to.url.hasFragment());
    require(to.url.scheme() == QLatin1String("https") || (to.url.scheme() == QLatin1String("http") && from.scheme() == QLatin1String("http")));
    require(to.crossesOrigin == (originOf(to.url) != originOf(from)));
    // A request that changes something is repeated elsewhere only when it may be repeated, or turns into one that asks.
    require(method == "GET" || method == "HEAD" || repeatable || to.becomesGet);
    const QByteArray sent = to.url.toEncoded();
    require(!sent.contains('\r') && !sent.contains('\n') && !sent.contains(' '));
}

// The variables that say where services are.
void checkEnvironment(const QByteArray &value)
{
    QProcessEnvironment environment;
    environment.insert(serviceUrlVariable(QStringLiteral("data-api")), QString::fromUtf8(value));
    const auto services = preconfiguredServices(environment);
    if (!services) {
        require(services.error().kind == Error::Kind::InvalidArgument && services.error().message.contains(QLatin1String("DATA_API_URL")));
        return;
    }
    for (const ServiceEndpoint &service : *services)
        require(checkBaseUrl(service.baseUrl).has_value());
}

} // namespace

// Headers as a caller gives and a server sends them, the Location of an answer, a service's URL in the environment. The
// first byte picks status, method and origin; lines of "name: value" and a body follow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    const std::uint8_t choice = input.byte();
    const QByteArray text = input.rest();
    HttpHeaders headers;
    for (const QByteArray &line : text.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        headers.emplace_back(line.left(colon), colon < 0 ? QByteArray() : line.mid(colon + 1));
    }
    checkSent(headers);
    checkReceived(headers, text);
    checkRedirect(choice, text);
    checkEnvironment(text);
    return 0;
}
