// SPDX-License-Identifier: MIT
#include "curlpeer.h"

#include <QtGlobal>

#if INFRA_HAVE_CURL
#include <curl/curl.h>

#include <chrono>
#include <memory>
#endif

namespace InfraTest::CurlPeer {

#if INFRA_HAVE_CURL

namespace {

std::size_t keepBody(char *data, std::size_t size, std::size_t count, void *body)
{
    static_cast<QByteArray *>(body)->append(data, static_cast<qsizetype>(size * count));
    return size * count;
}

struct Transfer
{
    explicit Transfer(const QByteArray &url) : handle(curl_easy_init(), &curl_easy_cleanup)
    {
        curl_easy_setopt(handle.get(), CURLOPT_URL, url.constData());
        curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
        curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &keepBody);
        curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(handle.get(), CURLOPT_PRIVATE, this);
    }
    void check(CURLcode code, qsizetype size)
    {
        if (code != CURLE_OK || body.size() != size)
            qFatal("libcurl: %s, %d bytes", curl_easy_strerror(code), static_cast<int>(body.size()));
        body.clear();
    }

    QByteArray body;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle;
};

} // namespace

bool isAvailable()
{
    return true;
}

std::vector<double> sequential(const QByteArray &url, int count, qsizetype size)
{
    Transfer transfer(url);
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto start = std::chrono::steady_clock::now();
        transfer.check(curl_easy_perform(transfer.handle.get()), size);
        times.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
    }
    return times;
}

double parallel(const QByteArray &url, int count, int workers, qsizetype size)
{
    const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(), &curl_multi_cleanup);
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(workers));
    std::vector<std::unique_ptr<Transfer>> transfers;
    const auto start = std::chrono::steady_clock::now();
    int started = 0;
    for (; started < workers; ++started) {
        transfers.push_back(std::make_unique<Transfer>(url));
        curl_multi_add_handle(multi.get(), transfers.back()->handle.get());
    }
    for (int finished = 0; finished < count;) {
        int running = 0;
        curl_multi_perform(multi.get(), &running);
        int left = 0;
        while (CURLMsg *message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            char *context = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &context);
            CURL *const handle = message->easy_handle;
            reinterpret_cast<Transfer *>(context)->check(message->data.result, size);
            ++finished;
            curl_multi_remove_handle(multi.get(), handle);
            if (started < count) {
                ++started;
                curl_multi_add_handle(multi.get(), handle);
            }
        }
        if (finished < count)
            curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
    }
    return count / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

#else

bool isAvailable()
{
    return false;
}

std::vector<double> sequential(const QByteArray &, int, qsizetype)
{
    return {};
}

double parallel(const QByteArray &, int, int, qsizetype)
{
    return 0;
}

#endif

} // namespace InfraTest::CurlPeer
