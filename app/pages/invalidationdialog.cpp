// SPDX-License-Identifier: GPL-3.0-or-later
#include "invalidationdialog.h"

#include "models/valuetext.h"
#include "widgets/actionbutton.h"
#include "widgets/card.h"
#include "widgets/labels.h"
#include "widgets/plaintext.h"
#include "widgets/statusline.h"
#include "widgets/theme.h"
#include "widgets/values.h"
#include "widgets/whenfinished.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace InfraConsole {

namespace {

using Kind = Infra::Target::Kind;
constexpr std::chrono::milliseconds TypingPause(250);
constexpr std::chrono::milliseconds ProgressPeriod(100);
// Steps of the progress bar.
constexpr int ProgressSteps = 1000;
// As many as a sentence names, and a tooltip.
constexpr int NamedInText = 6;
constexpr int NamedInToolTip = 40;
// Of a list that scrolls.
constexpr int VisibleLines = 5;

bool takesText(Kind kind)
{
    return kind == Kind::Key || kind == Kind::Prefix || kind == Kind::Glob || kind == Kind::Tag;
}

// A pattern that says less than it does: no key is without a byte.
bool matchesAll(const Infra::Target &target)
{
    const QByteArray &pattern = target.text();
    return target.kind() == Kind::Glob && pattern.contains('*')
        && std::all_of(pattern.begin(), pattern.end(), [](char each) { return each == '*' || each == '?'; });
}

QStringList shortened(const QStringList &names, int limit)
{
    return names.size() <= limit ? names : QStringList(names.mid(0, limit - 1)) << QStringLiteral("…");
}

QString enumerated(const QStringList &names)
{
    return QLocale().createSeparatedList(shortened(names, NamedInText));
}

void makeList(QPlainTextEdit *list, const QFont &font)
{
    list->setFont(font);
    list->setReadOnly(true);
    list->setLineWrapMode(QPlainTextEdit::NoWrap);
    list->setFrameShape(QFrame::NoFrame);
    list->setTabChangesFocus(true);
    list->viewport()->setAutoFillBackground(false);
    list->setFixedHeight(QFontMetrics(font).height() * VisibleLines + 10);
    list->document()->setDocumentMargin(0);
}

} // namespace

InvalidationDialog::InvalidationDialog(Session &session, const QByteArray &region, const Infra::Target &target, QWidget *parent)
    : QDialog(parent), m_session(session), m_region(new QComboBox), m_kind(new QComboBox),
      m_textLabel(new TextLabel(TextLabel::Role::Section)), m_text(new QLineEdit), m_hint(new TextLabel(TextLabel::Role::Section)),
      m_count(new TextLabel(TextLabel::Role::Title)), m_holders(new TextLabel(TextLabel::Role::Secondary)),
      m_examples(new QPlainTextEdit), m_load(new StatusLine), m_countAgain(new QPushButton), m_confirmationLabel(new TextLabel(TextLabel::Role::Body)),
      m_confirmation(new QLineEdit), m_progress(new QProgressBar), m_result(new StatusLine), m_coherentCard(new Card),
      m_coherent(new QPlainTextEdit), m_cancel(new QPushButton), m_invalidate(new DangerButton)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Invalidate cached data"));
    setModal(true);
    setMinimumWidth(560);
    // A dialog with an explanation offers it in a menu that runs an event loop of its own.
    setContextMenuPolicy(Qt::NoContextMenu);
    setWhatsThis(tr("<b>Invalidate cached data</b><p>Removes entries from the store and from the memory of every process. First they are counted, exactly; "
                    "nothing goes before the red button is pressed. The load that follows is what recent hits of these entries would cost when each has to "
                    "be loaded again.</p>"));
    buildForm(region, target);
    m_delay.setSingleShot(true);
    m_delay.setInterval(TypingPause);
    m_progressTimer.setInterval(ProgressPeriod);
    connect(&m_delay, &QTimer::timeout, this, &InvalidationDialog::startPreview);
    connect(&m_delay, &QTimer::timeout, this, &InvalidationDialog::readRegions);
    connect(&m_progressTimer, &QTimer::timeout, this, &InvalidationDialog::showProgress);
    connect(m_region, &QComboBox::currentIndexChanged, this, &InvalidationDialog::changeTarget);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &InvalidationDialog::changeTarget);
    connect(m_text, &QLineEdit::textChanged, this, &InvalidationDialog::changeTarget);
    connect(m_confirmation, &QLineEdit::textChanged, this, &InvalidationDialog::updateButton);
    connect(m_countAgain, &QPushButton::clicked, this, [this] {
        changeTarget();
        m_delay.stop();
        startPreview();
        readRegions();
    });
    connect(m_cancel, &QPushButton::clicked, this, &InvalidationDialog::reject);
    connect(m_invalidate, &QPushButton::clicked, this, &InvalidationDialog::invalidate);
    changeTarget();
    m_delay.stop();
    startPreview();
    readRegions();
}

InvalidationDialog::~InvalidationDialog()
{
    if (m_cancelFlag)
        m_cancelFlag->store(true);
}

void InvalidationDialog::readRegions()
{
    if (std::exchange(m_regionsAsked, true))
        return;
    whenFinished(this, m_session.regions(), [this](const Infra::Result<QByteArrayList> &regions) {
        if (regions)
            addRegions(*regions);
        // A store that does not answer now is asked again with the next count, which says what is wrong with it.
        m_regionsAsked = regions.has_value();
    });
}

void InvalidationDialog::addRegions(const QByteArrayList &names)
{
    // Regions that come late move the choice to another place; it stays the same, and so does what was counted for it.
    const QSignalBlocker blocker(m_region);
    for (const QByteArray &name : names) {
        int at = 1; // Behind "All regions".
        while (at < m_region->count() && m_region->itemData(at).toByteArray() < name)
            ++at;
        if (m_region->itemData(at).toByteArray() != name)
            m_region->insertItem(at, QString::fromUtf8(name), name);
    }
}

void InvalidationDialog::buildForm(const QByteArray &region, const Infra::Target &target)
{
    m_region->addItem(tr("All regions"), QByteArray());
    addRegions(regionNames(*m_session.snapshot(), {region}));
    m_region->setCurrentIndex(std::max(0, m_region->findData(region)));

    const auto add = [this](Kind kind, const QString &text) { m_kind->addItem(text, static_cast<int>(kind)); };
    if (target.kind() == Kind::Keys) {
        m_keys = target.keyList();
        add(Kind::Keys, tr("The %1 selected keys").arg(QLocale().toString(m_keys.size())));
    }
    add(Kind::Key, tr("One key"));
    add(Kind::Prefix, tr("Keys that begin with a prefix"));
    add(Kind::Glob, tr("Keys that match a pattern"));
    add(Kind::Tag, tr("Entries with a tag"));
    add(Kind::Expired, tr("Expired entries"));
    add(Kind::Region, tr("The whole region"));
    add(Kind::Everything, tr("Everything in every region"));
    m_kind->setCurrentIndex(std::max(0, m_kind->findData(static_cast<int>(target.kind()))));
    m_given = target;
    const QString text = keyText(target.text());
    m_isEscaped = text.toUtf8() != target.text();
    m_text->setText(text);
    m_givenText = m_text->text();
    m_text->setObjectName(QStringLiteral("targetText"));
    m_kind->setObjectName(QStringLiteral("targetKind"));

    const QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    m_text->setFont(fixed);
    makeList(m_examples, fixed);
    makeList(m_coherent, font());
    m_coherent->setObjectName(QStringLiteral("coherentInstances"));
    m_region->setAccessibleName(tr("Region"));
    m_kind->setAccessibleName(tr("What to invalidate"));
    m_examples->setAccessibleName(tr("Examples of what will be removed"));
    m_confirmation->setAccessibleName(tr("Name of the store, to confirm"));
    m_holders->setWordWrap(true);
    m_holders->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_confirmationLabel->setWordWrap(true);
    m_progress->setRange(0, ProgressSteps);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->setFixedHeight(4);

    auto *const form = new QGridLayout;
    form->setHorizontalSpacing(Spacing::Card);
    form->setVerticalSpacing(Spacing::Row);
    form->addWidget(new TextLabel(TextLabel::Role::Section, tr("Region")), 0, 0);
    form->addWidget(m_region, 0, 1);
    form->addWidget(new TextLabel(TextLabel::Role::Section, tr("What")), 1, 0);
    form->addWidget(m_kind, 1, 1);
    form->addWidget(m_textLabel, 2, 0);
    form->addWidget(m_text, 2, 1);
    form->addWidget(m_hint, 3, 1);
    form->setColumnStretch(1, 1);

    auto *const card = new Card;
    auto *const preview = new QVBoxLayout(card);
    preview->setContentsMargins(Spacing::Card, Spacing::Card, Spacing::Card, Spacing::Card);
    preview->setSpacing(Spacing::Row);
    preview->addWidget(m_count);
    preview->addWidget(m_holders);
    preview->addWidget(m_examples);
    preview->addWidget(m_load);
    preview->addWidget(m_countAgain, 0, Qt::AlignLeft);
    m_countAgain->setText(tr("Count again"));
    m_countAgain->setAccessibleName(m_countAgain->text());
    m_countAgain->setAutoDefault(false);

    auto *const coherent = new QVBoxLayout(m_coherentCard);
    coherent->setContentsMargins(Spacing::Card, Spacing::Row, Spacing::Card, Spacing::Row);
    coherent->addWidget(m_coherent);

    auto *const buttons = new QHBoxLayout;
    buttons->setSpacing(Spacing::Row);
    buttons->addStretch(1);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_invalidate);
    m_cancel->setText(tr("Cancel"));
    m_cancel->setAccessibleName(m_cancel->text());
    m_cancel->setDefault(true);

    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(Spacing::Page, Spacing::Page, Spacing::Page, Spacing::Page);
    column->setSpacing(Spacing::Card);
    column->addLayout(form);
    column->addWidget(card);
    column->addWidget(m_confirmationLabel);
    column->addWidget(m_confirmation);
    column->addWidget(m_progress);
    column->addWidget(m_result);
    column->addWidget(m_coherentCard);
    column->addStretch(1);
    column->addLayout(buttons);
    m_progress->hide();
    m_result->hide();
    m_coherent->hide();
    m_coherentCard->hide();
}

QPushButton *InvalidationDialog::invalidateButton() const
{
    return m_invalidate;
}

QString InvalidationDialog::resultText() const
{
    return m_result->text();
}

QByteArray InvalidationDialog::region() const
{
    return m_region->currentData().toByteArray();
}

std::optional<Infra::Target> InvalidationDialog::target() const
{
    const auto kind = static_cast<Kind>(m_kind->currentData().toInt());
    // Until somebody types, the bytes that were asked for: a field holds neither every byte nor every length.
    const bool isGiven = kind == m_given.kind() && m_text->text() == m_givenText;
    const QByteArray text = isGiven ? m_given.text() : m_text->text().toUtf8();
    if (takesText(kind) && text.isEmpty())
        return std::nullopt;
    switch (kind) {
    case Kind::Key:
        return Infra::Target::key(text);
    case Kind::Keys:
        return Infra::Target::keys(m_keys);
    case Kind::Prefix:
        return Infra::Target::prefix(text);
    case Kind::Glob:
        return Infra::Target::glob(text);
    case Kind::Tag:
        return Infra::Target::tag(text);
    case Kind::Expired:
        return Infra::Target::expired();
    case Kind::Region:
        // The whole of all regions is everything, with the confirmation that this needs.
        return region().isEmpty() ? Infra::Target::everything() : Infra::Target::region();
    case Kind::Everything:
        return Infra::Target::everything();
    }
    return std::nullopt;
}

bool InvalidationDialog::needsConfirmation() const
{
    const auto wanted = target();
    if (m_session.isProduction() || !wanted)
        return m_session.isProduction();
    const Kind kind = wanted->kind();
    const bool spansRegions = region().isEmpty() && kind != Kind::Expired && kind != Kind::Keys;
    return kind == Kind::Everything || spansRegions || matchesAll(*wanted);
}

void InvalidationDialog::changeTarget()
{
    const auto kind = static_cast<Kind>(m_kind->currentData().toInt());
    const bool hasText = takesText(kind);
    m_text->setVisible(hasText);
    m_textLabel->setVisible(hasText);
    QString label, hint;
    switch (kind) {
    case Kind::Key:
        label = tr("Key");
        break;
    case Kind::Prefix:
        label = tr("Prefix");
        break;
    case Kind::Glob:
        label = tr("Pattern");
        hint = tr("* any run of bytes, ? one byte, [a-z] one of a set");
        break;
    case Kind::Tag:
        label = tr("Tag");
        break;
    default:
        break;
    }
    // Bytes that are no text cannot be typed, so they are not edited either; another kind begins with nothing.
    if (m_isEscaped && m_text->isReadOnly() != (kind == m_given.kind())) {
        const QSignalBlocker blocker(m_text);
        m_text->setReadOnly(kind == m_given.kind());
        m_text->setText(m_text->isReadOnly() ? m_givenText : QString());
    }
    if (m_isEscaped && m_text->isReadOnly())
        hint = tr("Not text: shown with \\x and two digits for each other byte");
    m_textLabel->setText(label);
    m_text->setAccessibleName(label);
    m_hint->setText(hint);
    m_hint->setVisible(!hint.isEmpty());
    m_region->setEnabled(kind != Kind::Everything);

    const bool confirm = needsConfirmation();
    m_confirmationLabel->setText(tr("Type %1 to confirm.").arg(m_session.sourceName()));
    m_confirmationLabel->setVisible(confirm);
    m_confirmation->setVisible(confirm);

    // What was counted is no longer what would go.
    m_preview.reset();
    if (m_cancelFlag)
        m_cancelFlag->store(true);
    ++m_previewNumber;
    m_counting = target().has_value();
    m_count->setText(m_counting ? tr("Counting…") : tr("Nothing chosen yet"));
    m_examples->clear();
    m_holders->setText({});
    m_countAgain->hide();
    m_holders->setToolTip({});
    m_load->setContent(std::nullopt, m_counting ? QString() : tr("Enter what to look for."));
    m_delay.start();
    updateButton();
}

void InvalidationDialog::startPreview()
{
    const auto wanted = target();
    if (!wanted || m_finished)
        return;
    m_cancelFlag = std::make_shared<std::atomic<bool>>(false);
    const int number = ++m_previewNumber;
    m_counting = true;
    whenFinished(this, m_session.preview(region(), *wanted, m_cancelFlag),
                 [this, number](const Infra::Result<Infra::InvalidationPreview> &preview) {
                     if (number == m_previewNumber && !m_working && !m_finished)
                         showPreview(preview);
                 });
}

void InvalidationDialog::showPreview(const Infra::Result<Infra::InvalidationPreview> &preview)
{
    m_counting = false;
    if (!preview) {
        m_count->setText(tr("Not counted"));
        m_load->setContent(Verdict::Degraded, preview.error().message);
        m_countAgain->show();
        updateButton();
        return;
    }
    m_preview = *preview;
    const auto entries = static_cast<double>(preview->entries);
    const QString number = formatExact(entries, Unit::Count);
    const QString bytes = formatText(static_cast<double>(preview->bytes), Unit::Bytes);
    if (preview->entries == 0)
        m_count->setText(tr("No entries"));
    else if (preview->entries == 1)
        m_count->setText(tr("1 entry, %1").arg(bytes));
    else
        m_count->setText(tr("%1 entries, %2").arg(number, bytes));
    m_count->setToolTip(formatExact(static_cast<double>(preview->bytes), Unit::Bytes));

    QStringList examples;
    for (const QByteArray &key : preview->examples)
        examples << keyText(key);
    if (preview->entries > static_cast<std::uint64_t>(examples.size()) && !examples.isEmpty()) {
        while (examples.size() > 4)
            examples.removeLast();
        examples << QStringLiteral("…");
    }
    m_examples->setPlainText(examples.join(QLatin1Char('\n')));

    const auto wanted = target();
    const SnapshotPointer snapshot = m_session.snapshot();
    const QByteArray where = wanted && wanted->kind() == Kind::Everything ? QByteArray() : region();
    const QStringList holders = affectedInstances(*snapshot, where);
    m_holders->setText(holders.isEmpty() ? tr("No live instance uses this region.")
                                         //: %1 is a list of services.
                                         : tr("Used by %1").arg(enumerated(holders)));
    m_holders->setToolTip(holders.size() > NamedInText ? plainToolTip(shortened(holders, NamedInToolTip).join(QLatin1Char('\n'))) : QString());
    if (preview->entries == 0) {
        m_load->setContent(std::nullopt, tr("There is nothing to invalidate."));
    } else if (wanted && wanted->kind() == Kind::Expired) {
        m_load->setContent(Verdict::Up, tr("No extra load: expired entries are not served."));
    } else {
        const bool whole = wanted && (wanted->kind() == Kind::Region || wanted->kind() == Kind::Everything);
        const LoadPrediction load = predictLoad(*snapshot, where, preview->entries, whole);
        m_load->setContent(!load.isKnown ? Verdict::NeverChecked : load.exceedsCapacity() ? Verdict::Degraded : Verdict::Up, load.sentence());
    }
    updateButton();
}

void InvalidationDialog::updateButton()
{
    QString text;
    bool enabled = m_preview && m_preview->entries > 0 && !m_working && !m_finished && !m_session.isReadOnly();
    if (!m_preview)
        text = tr("Invalidate");
    else if (m_preview->entries == 0)
        text = tr("Nothing to invalidate");
    else if (m_preview->entries == 1)
        text = tr("Invalidate 1 entry");
    else
        text = tr("Invalidate %1 entries").arg(formatExact(static_cast<double>(m_preview->entries), Unit::Count));
    m_invalidate->setText(text);
    m_invalidate->setAccessibleName(text);
    if (m_session.isReadOnly())
        m_invalidate->setToolTip(plainToolTip(m_session.readOnlyReason()));
    if (needsConfirmation() && m_confirmation->text() != m_session.sourceName())
        enabled = false;
    m_invalidate->setEnabled(enabled);
}

void InvalidationDialog::setInputsEnabled(bool enabled)
{
    for (QWidget *input : std::initializer_list<QWidget *>{m_region, m_kind, m_text, m_confirmation})
        input->setEnabled(enabled);
}

void InvalidationDialog::invalidate()
{
    const auto wanted = target();
    if (!wanted || m_working)
        return;
    m_working = true;
    m_watch = std::make_shared<Infra::InvalidationControl>();
    m_progress->setValue(0);
    m_progress->show();
    setInputsEnabled(false);
    updateButton();
    m_cancel->setText(tr("Stop"));
    m_cancel->setToolTip(tr("What was invalidated by then stays invalidated."));
    m_cancel->setAccessibleName(m_cancel->text());
    m_cancel->setFocus();
    m_result->show();
    showProgress();
    m_progressTimer.start();
    whenFinished(this, m_session.invalidate(region(), *wanted, m_watch),
                 [this](const Infra::Result<InvalidationResult> &result) { showResult(result); });
}

void InvalidationDialog::showProgress()
{
    if (!m_working || !m_preview)
        return;
    const auto removed = static_cast<double>(m_watch->removed.load());
    const auto all = static_cast<double>(std::max<std::uint64_t>(m_preview->entries, 1));
    m_progress->setValue(static_cast<int>(ProgressSteps * std::min(1.0, removed / all)));
    const QString text = m_watch->cancelled ? tr("Stopping. %1 of %2 entries invalidated.") : tr("Invalidating. %1 of %2 entries so far.");
    m_result->setContent(std::nullopt, text.arg(formatExact(removed, Unit::Count), formatExact(all, Unit::Count)));
}

void InvalidationDialog::reject()
{
    if (!m_working) {
        QDialog::reject();
        return;
    }
    m_watch->cancelled = true;
    m_cancel->setEnabled(false);
    showProgress();
}

void InvalidationDialog::showResult(const Infra::Result<InvalidationResult> &result)
{
    m_working = false;
    m_progressTimer.stop();
    m_progress->hide();
    m_cancel->setToolTip({});
    m_cancel->setEnabled(true);
    if (!result) {
        const std::uint64_t removed = m_watch->removed;
        if (result.error().kind == Infra::Error::Kind::Cancelled)
            m_result->setContent(std::nullopt, tr("Stopped. Nothing was invalidated."));
        else if (removed == 0)
            m_result->setContent(Verdict::Down, tr("Nothing was invalidated. %1").arg(result.error().message));
        else
            m_result->setContent(Verdict::Down, tr("Only %1 entries were invalidated. %2")
                                                    .arg(formatExact(static_cast<double>(removed), Unit::Count), result.error().message));
        setInputsEnabled(true);
        m_cancel->setText(tr("Cancel"));
        m_cancel->setAccessibleName(m_cancel->text());
        // The same can be tried again; what is left of it is counted first.
        if (removed > 0)
            changeTarget();
        else
            updateButton();
        return;
    }
    m_finished = true;
    m_cancel->setText(tr("Close"));
    m_cancel->setAccessibleName(m_cancel->text());
    const QString number = formatExact(static_cast<double>(result->report.entries), Unit::Count);
    const QString bytes = formatText(static_cast<double>(result->report.bytes), Unit::Bytes);
    QString text = result->report.entries == 1 ? tr("1 entry (%1) invalidated.").arg(bytes)
                                               : tr("%1 entries (%2) invalidated.").arg(number, bytes);
    if (!result->report.complete)
        text = tr("Stopped after %1 of %2 entries.")
                   .arg(number, formatExact(static_cast<double>(m_preview ? m_preview->entries : 0), Unit::Count));
    text += QLatin1Char(' ');
    // The sentence has a name for each service, the list behind it has all processes of all of them.
    QStringList services;
    QStringList instances;
    for (const auto &[service, ofService] : result->coherentInstances) {
        services << (ofService.size() == 1 ? ofService.constFirst() : QStringLiteral("%1 (%2)").arg(service, QLocale().toString(ofService.size())));
        instances << ofService;
    }
    if (services.isEmpty())
        text += tr("No live instance had a copy in memory.");
    else
        //: %1 is a list of instances.
        text += tr("Already coherent: %1.").arg(enumerated(services));
    m_result->setContent(result->report.complete ? Verdict::Up : Verdict::Degraded, text);
    m_coherent->setPlainText(instances.join(QLatin1Char('\n')));
    m_coherent->setAccessibleName(text);
    const bool isMore = instances.size() > services.size() || services.size() > NamedInText;
    m_coherent->setVisible(isMore);
    m_coherentCard->setVisible(isMore);
    m_invalidate->hide();
    m_confirmation->hide();
    m_confirmationLabel->hide();
    m_load->setContent(std::nullopt, {});
    m_load->hide();
    Q_EMIT invalidated(*result);
}

void InvalidationDialog::done(int result)
{
    if (m_cancelFlag)
        m_cancelFlag->store(true);
    m_progressTimer.stop();
    QDialog::done(result);
}

void InvalidationDialog::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    m_cancel->setFocus(Qt::OtherFocusReason);
}

} // namespace InfraConsole
