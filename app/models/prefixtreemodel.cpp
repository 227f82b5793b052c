// SPDX-License-Identifier: GPL-3.0-or-later
#include "prefixtreemodel.h"

#include "models/keypattern.h"
#include "models/valuetext.h"
#include "widgets/plaintext.h"
#include "widgets/whenfinished.h"

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr int FirstPage = 32;
constexpr int LargestPage = 1000;
// What one load() may cost before it stops with "More…".
constexpr int MostSteps = 200;
constexpr int MostChildren = 500;
// No UTF-8 text contains the byte 0xff, so this lies behind every key of a segment that is text.
const QByteArray Behind(16, '\xff');

} // namespace

struct PrefixTreeModel::Node
{
    enum class State { Unread, Reading, Partial, Complete };

    Node *parent = nullptr;
    QByteArray prefix;
    QString label;
    bool isMore = false;
    State state = State::Unread;
    QByteArray cursor;   // Where the next page begins.
    int pageSize = FirstPage;
    int steps = 0;
    int found = 0;
    std::vector<std::unique_ptr<Node>> children;
};

PrefixTreeModel::PrefixTreeModel(Session &session, QObject *parent) : QAbstractItemModel(parent), m_session(session) {}

PrefixTreeModel::~PrefixTreeModel() = default;

void PrefixTreeModel::setRegion(const QByteArray &region)
{
    beginResetModel();
    ++m_generation;
    m_pending = 0;
    m_region = region;
    m_root.reset();
    if (!region.isEmpty()) {
        m_root = std::make_unique<Node>();
        m_root->label = QString::fromUtf8(region);
    }
    endResetModel();
    Q_EMIT loadingChanged();
}

PrefixTreeModel::Node *PrefixTreeModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<Node *>(index.internalPointer()) : nullptr;
}

QModelIndex PrefixTreeModel::indexOf(const Node *node) const
{
    if (!node)
        return {};
    if (!node->parent)
        return createIndex(0, 0, node);
    const auto &siblings = node->parent->children;
    const auto at = std::find_if(siblings.begin(), siblings.end(), [node](const auto &sibling) { return sibling.get() == node; });
    return createIndex(static_cast<int>(std::distance(siblings.begin(), at)), 0, node);
}

QByteArray PrefixTreeModel::prefix(const QModelIndex &index) const
{
    const Node *const node = nodeOf(index);
    return node ? node->prefix : QByteArray();
}

bool PrefixTreeModel::isMore(const QModelIndex &index) const
{
    const Node *const node = nodeOf(index);
    return node && node->isMore;
}

void PrefixTreeModel::load(const QModelIndex &index)
{
    Node *node = nodeOf(index);
    if (node && node->isMore)
        node = node->parent;
    if (!node || node->state == Node::State::Reading || node->state == Node::State::Complete)
        return;
    if (!node->children.empty() && node->children.back()->isMore) {
        const int last = static_cast<int>(node->children.size()) - 1;
        beginRemoveRows(indexOf(node), last, last);
        node->children.pop_back();
        endRemoveRows();
    }
    node->state = Node::State::Reading;
    node->steps = 0;
    node->found = 0;
    node->pageSize = FirstPage;
    ++m_pending;
    Q_EMIT loadingChanged();
    step(node, m_generation);
}

void PrefixTreeModel::step(Node *node, int generation)
{
    ++node->steps;
    whenFinished(this, m_session.entries(m_region, node->prefix, node->cursor, node->pageSize),
                 [this, node, generation](const Infra::Result<EntryPage> &page) {
                     // Nodes live as long as their generation: setRegion() is all that removes them.
                     if (generation != m_generation)
                         return;
                     if (!page) {
                         finish(node, false);
                         return;
                     }
                     take(node, *page);
                     if (!page->hasMore || page->entries.empty())
                         finish(node, true);
                     else if (node->steps >= MostSteps || node->found >= MostChildren)
                         finish(node, false);
                     else
                         step(node, generation);
                 });
}

void PrefixTreeModel::take(Node *node, const EntryPage &page)
{
    std::vector<std::unique_ptr<Node>> found;
    QByteArray lastSegment;
    if (!node->children.empty())
        lastSegment = node->children.back()->prefix.mid(node->prefix.size());
    for (const Infra::EntryInfo &entry : page.entries) {
        node->cursor = entry.key;
        const QByteArray segment = nextSegment(entry.key, node->prefix);
        if (segment.isEmpty() || segment == lastSegment)
            continue;
        lastSegment = segment;
        auto child = std::make_unique<Node>();
        child->parent = node;
        child->prefix = node->prefix + segment;
        child->label = keyText(segment);
        found.push_back(std::move(child));
    }
    // The page ended inside a segment: the next begins behind it. Where keys have no further segment, or are so far behind already
    // because they are no text, pages grow.
    const QByteArray behind = node->prefix + lastSegment + Behind;
    if (!page.entries.empty() && !nextSegment(page.entries.back().key, node->prefix).isEmpty() && behind > node->cursor)
        node->cursor = behind;
    else
        node->pageSize = std::min(node->pageSize * 2, LargestPage);
    if (found.empty())
        return;
    node->found += static_cast<int>(found.size());
    const int first = static_cast<int>(node->children.size());
    beginInsertRows(indexOf(node), first, first + static_cast<int>(found.size()) - 1);
    std::move(found.begin(), found.end(), std::back_inserter(node->children));
    endInsertRows();
}

void PrefixTreeModel::finish(Node *node, bool complete)
{
    node->state = complete ? Node::State::Complete : Node::State::Partial;
    if (!complete) {
        const int last = static_cast<int>(node->children.size());
        auto more = std::make_unique<Node>();
        more->parent = node;
        more->prefix = node->prefix;
        more->isMore = true;
        more->state = Node::State::Complete;
        more->label = tr("More…", "branches of a tree that are not read yet");
        beginInsertRows(indexOf(node), last, last);
        node->children.push_back(std::move(more));
        endInsertRows();
    }
    const QModelIndex changed = indexOf(node);
    Q_EMIT dataChanged(changed, changed);
    --m_pending;
    Q_EMIT loadingChanged();
}

QModelIndex PrefixTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (column != 0 || row < 0 || row >= rowCount(parent))
        return {};
    const Node *const node = nodeOf(parent);
    return createIndex(row, column, node ? node->children[static_cast<std::size_t>(row)].get() : m_root.get());
}

QModelIndex PrefixTreeModel::parent(const QModelIndex &child) const
{
    const Node *const node = nodeOf(child);
    return node ? indexOf(node->parent) : QModelIndex();
}

int PrefixTreeModel::rowCount(const QModelIndex &parent) const
{
    if (parent.column() > 0)
        return 0;
    const Node *const node = nodeOf(parent);
    if (!node)
        return m_root ? 1 : 0;
    return static_cast<int>(node->children.size());
}

int PrefixTreeModel::columnCount(const QModelIndex &) const
{
    return 1;
}

bool PrefixTreeModel::hasChildren(const QModelIndex &parent) const
{
    const Node *const node = nodeOf(parent);
    if (!node)
        return m_root != nullptr;
    return node->state == Node::State::Complete || node->state == Node::State::Partial ? !node->children.empty() : true;
}

QVariant PrefixTreeModel::data(const QModelIndex &index, int role) const
{
    const Node *const node = nodeOf(index);
    if (!node)
        return {};
    if (role == Qt::DisplayRole)
        return node->label;
    if (role == Qt::ToolTipRole)
        return node->isMore ? tr("Reads further branches") : plainToolTip(keyText(node->prefix));
    if (role == Qt::AccessibleTextRole && !node->isMore)
        return node->parent ? tr("Prefix %1").arg(keyText(node->prefix)) : tr("Region %1").arg(node->label);
    return {};
}

} // namespace InfraConsole
