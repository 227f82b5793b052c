// SPDX-License-Identifier: MIT
#include "retirement.h"

#include <utility>

namespace Infra::Detail {

namespace {

// One interruption of the other cores pays for so many entries or bytes.
constexpr std::size_t WorthwhileNodes = 128;
constexpr std::size_t WorthwhileBytes = std::size_t{1} << 20;

} // namespace

Retirement::~Retirement()
{
    m_leaving.free();
    m_gathered.free();
}

void Retirement::add(MemoryNode *node)
{
    m_gathered.nodes.push_back(node);
    m_gathered.bytes += static_cast<std::size_t>(node->value().size());
}

void Retirement::add(std::unique_ptr<NodeTable> table)
{
    m_gathered.bytes += table->bytes();
    m_gathered.tables.push_back(std::move(table));
}

void Retirement::Batch::free() noexcept
{
    for (MemoryNode *node : nodes)
        MemoryNode::destroy(node);
    nodes.clear();
    tables.clear();
    bytes = 0;
}

void Retirement::collect(Effort effort)
{
    if (!m_leaving.isEmpty()) {
        if (!m_places.haveLeft(m_readers))
            return;
        m_leaving.free();
    }
    const bool isWorthwhile = m_gathered.nodes.size() >= WorthwhileNodes || m_gathered.bytes >= WorthwhileBytes;
    if (m_gathered.isEmpty() || (effort == Effort::WhenWorthwhile && !isWorthwhile))
        return;
    std::swap(m_gathered, m_leaving);
    m_readers = m_places.readersNow();
    if (m_readers.empty())
        m_leaving.free();
}

} // namespace Infra::Detail
