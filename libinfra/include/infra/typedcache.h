// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cache.h>
#include <infra/cachecodec.h>

#include <QtEndian>

#include <functional>
#include <optional>
#include <utility>

namespace Infra {

// Thread safety: as Cache; copies share the cache.
//
// A Cache of values of one type. A value that cannot be decoded (other bytes under that key, another schema) is Error
// Corrupt from get(), counted in CacheStatistics::decodeErrors; getOrCompute() treats it as missing and replaces it.
//
//     Infra::TypedCache<QString> names(cache);
//     auto name = names.getOrCompute("user:7", [] { return QStringLiteral("Ada"); });
template<class T, CacheCodecFor<T> Codec = CacheCodec<T>>
class TypedCache
{
public:
    // A value; std::nullopt: there is none.
    using Value = std::optional<T>;
    // As Cache::Factory.
    using Factory = std::function<Result<Value>()>;

    // `cache` must outlive this.
    explicit TypedCache(Cache &cache) noexcept : m_cache(&cache) {}

    // The one given to the constructor.
    [[nodiscard]] Cache &cache() const noexcept { return *m_cache; }

    // As Cache::get(); Corrupt: there are bytes, but no T.
    [[nodiscard]] Result<Value> get(QByteArrayView key) const { return decoded(m_cache->get(key)); }

    // As Cache::set(), or the codec's error when it cannot encode the value.
    [[nodiscard]] Result<void> set(QByteArrayView key, const T &value) const
    {
        return set(key, value, m_cache->options().entry);
    }
    [[nodiscard]] Result<void> set(QByteArrayView key, const T &value, const EntryOptions &options) const
    {
        const Result<QByteArray> bytes = encoded(value);
        if (!bytes)
            return failure(bytes.error());
        return m_cache->set(key, *bytes, options);
    }

    // As Cache::getOrCompute(). What cannot be decoded is invalidated and computed anew; Corrupt only when that cannot
    // be decoded either.
    [[nodiscard]] Result<Value> getOrCompute(QByteArrayView key, const Factory &factory) const
    {
        return getOrCompute(key, factory, m_cache->options().entry);
    }
    [[nodiscard]] Result<Value> getOrCompute(QByteArrayView key, const Factory &factory, const EntryOptions &options,
                                             Deadline deadline = std::chrono::seconds(30)) const
    {
        const Cache::Factory bytesFactory = [factory]() -> Result<Cache::Value> {
            const Result<Value> value = factory();
            if (!value)
                return failure(value.error());
            if (!*value)
                return Cache::Value();
            Result<QByteArray> bytes = encoded(**value);
            if (!bytes)
                return failure(bytes.error());
            return Cache::Value(*std::move(bytes));
        };
        const Deadline absolute = Deadline::at(deadline.resolve(m_cache->clock()));
        const Result<Cache::Value> bytes = m_cache->getOrCompute(key, bytesFactory, options, absolute);
        Result<Value> value = decoded(bytes);
        // The factory, or the store, may have failed with Corrupt as well.
        if (!bytes || value || value.error().kind != Error::Kind::Corrupt)
            return value;
        if (const auto removed = m_cache->invalidate(Target::key(key.toByteArray()), absolute); !removed)
            return failure(removed.error());
        return decoded(m_cache->getOrCompute(key, bytesFactory, options, absolute));
    }

private:
    static Result<QByteArray> encoded(const T &value)
    {
        Result<QByteArray> bytes = Codec::encode(value);
        if (bytes) {
            const quint32 schema = qToLittleEndian<quint32>(Codec::Schema);
            bytes->prepend(reinterpret_cast<const char *>(&schema), sizeof schema);
        }
        return bytes;
    }
    Result<Value> decoded(const Result<Cache::Value> &bytes) const
    {
        if (!bytes)
            return failure(bytes.error());
        if (!*bytes)
            return Value();
        const QByteArrayView view(**bytes);
        const bool known = view.size() >= qsizetype(sizeof(quint32))
            && qFromLittleEndian<quint32>(view.data()) == Codec::Schema;
        Result<T> value = known
            ? Codec::decode(view.sliced(sizeof(quint32)))
            : Result<T>(failure(Error::Kind::Corrupt, QStringLiteral("The value is of another type or schema")));
        if (!value) {
            m_cache->countDecodeError();
            return failure(value.error());
        }
        return Value(*std::move(value));
    }

    Cache *m_cache;
};

} // namespace Infra
