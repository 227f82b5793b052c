// SPDX-License-Identifier: MIT
#include "cachelimits.h"

#include <algorithm>

namespace Infra::Detail {
namespace {

using std::chrono::milliseconds;

constexpr qsizetype LongestKey = 64 * 1024;
constexpr qsizetype LargestValue = qsizetype{512} * 1024 * 1024;
constexpr qsizetype LongestTag = 256;
constexpr qsizetype MostTags = 64;
constexpr qsizetype LongestRegion = 256;
constexpr qsizetype MostKeys = 100'000;
constexpr milliseconds LongestLife = std::chrono::hours(24 * 365 * 100);

auto invalid(const QString &message)
{
    return failure(Error::Kind::InvalidArgument, message);
}

auto exceeded(const QString &message)
{
    return failure(Error::Kind::LimitExceeded, message);
}

bool hasControlCharacter(QByteArrayView text)
{
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

Result<void> checkName(QByteArrayView text, qsizetype longest, const QString &what)
{
    if (text.isEmpty())
        return invalid(what + QStringLiteral(" is empty"));
    if (text.size() > longest)
        return exceeded(QStringLiteral("%1 has %2 bytes, the limit is %3").arg(what).arg(text.size()).arg(longest));
    if (hasControlCharacter(text))
        return invalid(what + QStringLiteral(" contains control characters"));
    return {};
}

template<class T>
Result<void> checkRange(T value, T least, T most, const char *name)
{
    if (value < least || value > most) {
        return invalid(QStringLiteral("CacheOptions::%1 is %2, allowed is %3 to %4")
                           .arg(QLatin1String(name)).arg(value).arg(least).arg(most));
    }
    return {};
}

} // namespace

Result<void> checkRegionName(QByteArrayView name)
{
    return checkName(name, LongestRegion, QStringLiteral("The region's name"));
}

Result<void> checkLifetime(milliseconds duration, const char *name)
{
    if (duration < milliseconds::zero()) {
        return invalid(QStringLiteral("%1 is negative: %2 ms").arg(QLatin1String(name)).arg(duration.count()));
    }
    if (duration > LongestLife) {
        return invalid(QStringLiteral("%1 is %2 ms, the limit is 100 years").arg(QLatin1String(name))
                           .arg(duration.count()));
    }
    return {};
}

Result<void> checkEntryOptions(const EntryOptions &options)
{
    const std::pair<milliseconds, const char *> durations[] = {
        {options.timeToLive, "timeToLive"},
        {options.jitter, "jitter"},
        {options.negativeTimeToLive, "negativeTimeToLive"},
        {options.failSafe, "failSafe"},
        {options.failSafeThrottle, "failSafeThrottle"},
        {options.softFactoryTimeout, "softFactoryTimeout"},
        {options.hardFactoryTimeout, "hardFactoryTimeout"}};
    for (const auto &[duration, name] : durations) {
        if (auto checked = checkLifetime(duration, name); !checked)
            return checked;
    }
    if (options.jitter > milliseconds::zero() && options.jitter >= options.timeToLive)
        return invalid(QStringLiteral("jitter must be shorter than timeToLive"));
    if (options.softFactoryTimeout > milliseconds::zero() && options.failSafe == milliseconds::zero())
        return invalid(QStringLiteral("softFactoryTimeout needs failSafe: without it there is no stale value to serve"));
    if (!(options.eagerRefresh > 0.0 && options.eagerRefresh <= 1.0))
        return invalid(QStringLiteral("eagerRefresh must be above 0 and at most 1"));
    if (options.tags.size() > MostTags)
        return exceeded(QStringLiteral("%1 tags, the limit is %2").arg(options.tags.size()).arg(MostTags));
    for (const QByteArray &tag : options.tags) {
        if (auto checked = checkName(tag, LongestTag, QStringLiteral("A tag")); !checked)
            return checked;
    }
    return {};
}

Result<void> checkOptions(const CacheOptions &options)
{
    constexpr std::int64_t Most = std::int64_t{1} << 40;
    for (const Result<void> &checked : {
             checkRange<std::int64_t>(options.memoryEntries, 0, Most, "memoryEntries"),
             checkRange<std::int64_t>(options.memoryBytes, 0, Most, "memoryBytes"),
             checkRange<qsizetype>(options.maximumKeyBytes, 1, LongestKey, "maximumKeyBytes"),
             checkRange<qsizetype>(options.maximumValueBytes, 1, LargestValue, "maximumValueBytes"),
             checkRange<qsizetype>(options.compressionThreshold, 0, LargestValue, "compressionThreshold"),
             checkRange<std::int64_t>(options.writeBehindDelay.count(), 1, 3'600'000, "writeBehindDelay"),
             checkRange<int>(options.writeBehindEntries, 1, 1'000'000, "writeBehindEntries"),
             checkRange<std::int64_t>(options.operationTimeout.count(), 1, 3'600'000, "operationTimeout"),
             checkRange<std::int64_t>(options.retryInterval.count(), 1, 3'600'000, "retryInterval"),
             checkRange<int>(options.backgroundThreads, 1, 64, "backgroundThreads"),
             checkRange<int>(options.backgroundQueue, 1, 1'000'000, "backgroundQueue"),
             checkEntryOptions(options.entry)}) {
        if (!checked)
            return checked;
    }
    if (options.actor.size() > LongestTag)
        return exceeded(QStringLiteral("CacheOptions::actor has more than %1 bytes").arg(LongestTag));
    return {};
}

Result<void> checkKey(QByteArrayView key, const CacheOptions &options)
{
    if (key.isEmpty())
        return invalid(QStringLiteral("The key is empty"));
    if (key.size() > options.maximumKeyBytes) {
        return exceeded(QStringLiteral("The key has %1 bytes, CacheOptions::maximumKeyBytes is %2")
                            .arg(key.size()).arg(options.maximumKeyBytes));
    }
    return {};
}

Result<void> checkValue(QByteArrayView value, const CacheOptions &options)
{
    if (value.size() > options.maximumValueBytes) {
        return exceeded(QStringLiteral("The value has %1 bytes, CacheOptions::maximumValueBytes is %2")
                            .arg(value.size()).arg(options.maximumValueBytes));
    }
    return {};
}

Result<void> checkTarget(const Target &target, const CacheOptions &options)
{
    switch (target.kind()) {
    case Target::Kind::Key:
        return checkKey(target.text(), options);
    case Target::Kind::Keys:
        if (target.keyList().isEmpty())
            return invalid(QStringLiteral("The list of keys is empty"));
        if (target.keyList().size() > MostKeys)
            return exceeded(QStringLiteral("%1 keys, the limit is %2").arg(target.keyList().size()).arg(MostKeys));
        for (const QByteArray &key : target.keyList()) {
            if (auto checked = checkKey(key, options); !checked)
                return checked;
        }
        return {};
    case Target::Kind::Prefix:
        if (target.text().isEmpty())
            return invalid(QStringLiteral("The prefix is empty; use Target::region() to mean every key"));
        return checkKey(target.text(), options);
    case Target::Kind::Glob:
        if (target.text().isEmpty())
            return invalid(QStringLiteral("The pattern is empty"));
        return checkKey(target.text(), options);
    case Target::Kind::Tag:
        return checkName(target.text(), LongestTag, QStringLiteral("The tag"));
    case Target::Kind::Expired:
    case Target::Kind::Region:
    case Target::Kind::Everything:
        return {};
    }
    return invalid(QStringLiteral("Unknown kind of target"));
}

} // namespace Infra::Detail
