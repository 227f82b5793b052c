// SPDX-License-Identifier: MIT
#pragma once

#include <infra/connectionpool.h>

#include <memory>
#include <vector>

namespace Infra {

// Thread safety: all members may be called from any thread at once.
//
// One pool per database URL. The registry shares ownership: a pool lives until the registry and every holder
// have let it go.
class INFRA_EXPORT PoolRegistry
{
public:
    // With the machine's clock and the connectors of the URLs.
    PoolRegistry();
    // With what its pools are created.
    explicit PoolRegistry(ConnectionPool::Environment environment);
    // shutdown() with each pool's shutdownTimeout, all of which begin now.
    ~PoolRegistry();
    PoolRegistry(const PoolRegistry &) = delete;
    PoolRegistry &operator=(const PoolRegistry &) = delete;

    // The pool for `url`, created on first use. Conflict when one exists with other options: never silently
    // ignored. URLs that mean the same share a pool.
    [[nodiscard]] Result<std::shared_ptr<ConnectionPool>> pool(const DatabaseUrl &url, const PoolOptions &options = {});
    // The pool for `url` if there is one, whatever its options; else null.
    [[nodiscard]] std::shared_ptr<ConnectionPool> find(const DatabaseUrl &url) const;
    // All of them, in the order of their creation.
    [[nodiscard]] std::vector<std::shared_ptr<ConnectionPool>> pools() const;

    // Shuts all pools down and forgets them: each refuses new work before the first is waited for. The first failure, in the
    // order of their creation, is returned.
    Result<void> shutdown(Deadline deadline);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Infra
