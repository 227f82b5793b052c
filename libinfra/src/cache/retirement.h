// SPDX-License-Identifier: MIT
#pragma once

#include "nodetable.h"
#include "readerplaces.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; used under the tier's mutex.
//
// Nodes and tables that can no longer be found but may still be looked at. They are freed in batches: when enough
// have gathered, the readers of that moment are noted; when those have left, the batch goes.
class Retirement
{
public:
    explicit Retirement(const ReaderPlaces &places) noexcept : m_places(places) {}
    // No reader may be left.
    ~Retirement();
    Retirement(const Retirement &) = delete;
    Retirement &operator=(const Retirement &) = delete;

    void add(MemoryNode *node);
    void add(std::unique_ptr<NodeTable> table);

    enum class Effort { WhenWorthwhile, Now };
    // Frees what can be freed; never waits for a reader.
    void collect(Effort effort);

    [[nodiscard]] std::size_t pending() const noexcept { return m_gathered.nodes.size() + m_leaving.nodes.size(); }

private:
    struct Batch
    {
        std::vector<MemoryNode *> nodes;
        std::vector<std::unique_ptr<NodeTable>> tables;
        std::size_t bytes = 0;

        [[nodiscard]] bool isEmpty() const noexcept { return nodes.empty() && tables.empty(); }
        void free() noexcept;
    };

    const ReaderPlaces &m_places;
    Batch m_gathered;
    Batch m_leaving;
    ReaderPlaces::Readers m_readers; // Those who may still look at m_leaving.
};

} // namespace Infra::Detail
