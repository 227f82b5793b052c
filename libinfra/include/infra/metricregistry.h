// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/metrics.h>

#include <memory>
#include <vector>

namespace Infra {

// Thread safety: every member may be called from any thread at once, except from inside a source's snapshot().
//
// The components of one process that are published. A component registers itself for as long as it lives:
//
//     Meter meter; // A class of yours, derived from Infra::MetricSource.
//     auto registry = std::make_shared<Infra::MetricRegistry>();
//     const Infra::MetricRegistry::Registration registration = registry->add(meter);
//
// Declare the registration behind everything that snapshot() reads: it is then destroyed first.
class INFRA_EXPORT MetricRegistry
{
public:
    // Without any component.
    MetricRegistry();
    ~MetricRegistry();
    MetricRegistry(const MetricRegistry &) = delete;
    MetricRegistry &operator=(const MetricRegistry &) = delete;

    // Thread safety: a value with one owner; may be destroyed on any thread.
    //
    // Ends the registration when it is destroyed, and waits there for a snapshot of that source that is being
    // taken. May outlive the registry.
    class INFRA_EXPORT Registration
    {
    public:
        // Of nothing.
        Registration() noexcept;
        ~Registration();
        // `other` is a registration of nothing afterwards.
        Registration(Registration &&other) noexcept;
        // Ends what this one held first; `other` is a registration of nothing afterwards.
        Registration &operator=(Registration &&other) noexcept;

        // Ends it now, with the destructor's wait; does nothing for a registration of nothing.
        void reset();

    private:
        friend class MetricRegistry;
        struct Private;
        explicit Registration(std::unique_ptr<Private> registered) noexcept;
        std::unique_ptr<Private> d;
    };

    // `source` must live until the registration ends.
    [[nodiscard]] Registration add(const MetricSource &source);

    // A snapshot of every source, in the order of registration. Two components of one kind and name are kept
    // apart: the later one gets " (2)" appended to its name.
    [[nodiscard]] std::vector<ComponentSnapshot> collect() const;

private:
    struct Private;
    std::shared_ptr<Private> d;
};

} // namespace Infra
