// SPDX-License-Identifier: MIT
#include "filledstores.h"

#include "storefixture.h"

#include <algorithm>

namespace InfraTest {

using Infra::Detail::WriteOperation;

namespace {

constexpr std::chrono::seconds Patience{60};
constexpr int Batch = 2000;

} // namespace

QByteArray FilledStores::keyOf(const QByteArray &prefix, int number)
{
    return prefix + QByteArray::number(number).rightJustified(12, '0');
}

bool FilledStores::fill(const QByteArray &prefix, int from, int to)
{
    const QByteArray value(100, 'v');
    raw.execute("BEGIN");
    for (int begin = from; begin < to; begin += Batch) {
        std::vector<WriteOperation> operations;
        for (int i = begin; i < std::min(begin + Batch, to); ++i) {
            const QByteArray key = keyOf(prefix, i);
            operations.push_back(setOperation(region, key, value));
            raw.put(key, value);
        }
        if (!store.write(std::move(operations), Patience))
            return false;
    }
    raw.execute("COMMIT");
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    store.keepHouse();
    store.keepHouse();
    return true;
}

} // namespace InfraTest
