package io.epona.simulator.model;

import io.epona.engine.node.StartEvidence;
import io.epona.engine.node.StartKind;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.model.LifeState.Attempt;
import io.epona.simulator.model.LifeState.Budget;
import io.epona.simulator.model.LifeState.Disk;
import io.epona.simulator.model.LifeState.Phase;
import io.epona.simulator.model.LifeState.Process;

import java.util.ArrayList;
import java.util.List;

/**
 * The lives of one broker with one log: how a start finds out what the life before has lost, by the clean marker, the
 * boot id and the published end, and what it then registers. {@link StartKind} is the real one.
 * <p>
 * <b>What must hold.</b> While it is registered, a broker has everything that it acknowledged in a life since
 * cleanSince, and what was on disk then since durableSince: that is what eligible means. And the rule is good for
 * something: as long as processes are only killed, or stopped in order, cleanSince never rises. An older copy that is
 * put back raises cleanSince but not durableSince: that nobody does that under group fsync is assumed.
 */
final class LifeModel implements Model<LifeState>
{
    /** Ways to get it wrong, planted. */
    enum Wrong
    {
        /** Another boot of the host is taken for the same one. */
        BOOT_IS_NOT_COMPARED,
        /** The file {@code life} counts whatever life it names. */
        OWNER_IS_NOT_COMPARED,
        /** A log that ends below its published word is taken for whole. */
        PUBLISHED_IS_NOT_COMPARED,
        /** A marker counts whatever life it names. */
        MARKER_LIFE_IS_NOT_COMPARED,
        /** A marker counts whatever end it names. */
        MARKER_END_IS_NOT_COMPARED,
        /** The marker stays where it is when it was read. */
        MARKER_STAYS,
        /** The marker stays, and counts whatever it names. */
        MARKER_STAYS_AND_COUNTS,
        /** The directory is owned before the registration, in the life that is to come. */
        OWNED_BEFORE_REGISTERED,
        /** The file {@code life} is written before the published words are made anew. */
        OWNER_BEFORE_PUBLISHED,
        /** A second attempt to register is made as if the process had been registered. */
        SECOND_ATTEMPT_IS_CLEAN,
        /** cleanSince stays, however it ended. */
        LOSS_IS_NOT_TOLD,
        /** durableSince stays, whatever the medium lost. */
        DAMAGE_IS_NOT_TOLD,
        /** Nothing is planted: the assumption is dropped that nobody puts back an older copy under group fsync. */
        COPY_IS_NOT_EXCLUDED
    }

    private static final int PART_COUNT = 12;

    private final int records;
    private final Budget budget;
    private final Wrong wrong;

    /**
     * @param records that a log holds at most.
     * @param budget  of what goes wrong.
     * @param wrong   what is planted, or null.
     */
    LifeModel(final int records, final Budget budget, final Wrong wrong)
    {
        this.records = records;
        this.budget = budget;
        this.wrong = wrong;
    }

    @Override
    public LifeState initial()
    {
        final Disk disk = new Disk("", 0, 0, -1, -1, 0, 0);
        return new LifeState(
            0, 0, 0, 0, disk, null, new Process(Phase.OWNED, null, true, true, 0, 0), null,
            List.of(""), List.of(""), true, budget);
    }

    @Override
    public void steps(final LifeState state, final Steps<LifeState> steps)
    {
        if (null == state.process())
        {
            final Disk found = state.disk();
            final boolean isKept = Wrong.MARKER_STAYS == wrong || Wrong.MARKER_STAYS_AND_COUNTS == wrong;
            steps.step("start", -1, -1, state.with(
                isKept ? found : found.withMarker(-1, -1), new Process(Phase.STARTED, found, false, false, -1, -1)));
        }
        else
        {
            progress(state, steps);
            serve(state, steps);
            stop(state, steps);
        }
        if (null != state.late())
        {
            steps.step("late registration", -1, -1, apply(state, state.late()).withLate(null));
            steps.step("no late registration", -1, -1, state.withLate(null));
        }
        host(state, steps);
    }

    // A start.

    private void progress(final LifeState state, final Steps<LifeState> steps)
    {
        final Process process = state.process();
        switch (process.phase())
        {
            case STARTED -> steps.step("decide", -1, -1, state.with(state.disk(), decide(state)));
            case DECIDED -> register(state, steps);
            case REGISTERED -> steps.step("own", 1, -1, own(state, Wrong.OWNER_BEFORE_PUBLISHED == wrong));
            case HALF_OWNED -> steps.step("own", 2, -1, own(state, Wrong.OWNER_BEFORE_PUBLISHED != wrong));
            default ->
            {
                // It is as far as it gets.
            }
        }
    }

    private Process decide(final LifeState state)
    {
        final Disk found = state.process().found();
        final int end = found.log().length();
        final boolean isMarkerTrusted = Wrong.MARKER_STAYS_AND_COUNTS == wrong && found.markerLife() >= 0;
        final StartEvidence evidence = new StartEvidence(
            isMarkerTrusted || Wrong.MARKER_LIFE_IS_NOT_COMPARED == wrong && found.markerLife() >= 0 ?
                state.version() : found.markerLife(),
            found.markerLife() >= 0 &&
                (isMarkerTrusted || end == found.markerEnd() || Wrong.MARKER_END_IS_NOT_COMPARED == wrong),
            Wrong.OWNER_IS_NOT_COMPARED == wrong && found.ownerLife() >= 0 ? state.version() : found.ownerLife(),
            found.ownerBoot() == state.boot() || Wrong.BOOT_IS_NOT_COMPARED == wrong,
            found.published() >= 0 && (end >= found.published() || Wrong.PUBLISHED_IS_NOT_COMPARED == wrong),
            end >= found.flushed());
        final StartKind kind = StartKind.of(evidence, state.version(), ProtocolMutation.NONE);

        return new Process(
            Phase.DECIDED, null, kind.isClean() || Wrong.LOSS_IS_NOT_TOLD == wrong,
            kind.isDurable() || Wrong.DAMAGE_IS_NOT_TOLD == wrong, -1, state.version());
    }

    private void register(final LifeState state, final Steps<LifeState> steps)
    {
        final Process process = state.process();
        if (process.known() != state.version())
        {
            // What it decided stays decided; a living process renews its session in the same way.
            final boolean isClean = process.isClean() || Wrong.SECOND_ATTEMPT_IS_CLEAN == wrong;
            steps.step("read", -1, -1, state.with(state.disk(), new Process(
                Phase.DECIDED, null, isClean, process.isDurable(), -1, state.version())));
            return;
        }

        final int life = state.version() + 1;
        final Attempt attempt = attempt(state);
        final Disk disk = Wrong.OWNED_BEFORE_REGISTERED == wrong ?
            state.disk().withLog(state.disk().log(), state.disk().flushed(), state.disk().log().length())
                .withOwner(life, state.boot()) : state.disk();
        final LifeState owned = state.with(disk, process);
        final LifeState applied = apply(owned, attempt);
        steps.step("register", life, -1, applied.with(
            disk, new Process(Phase.REGISTERED, null, true, true, life, life)));
        if (Wrong.OWNED_BEFORE_REGISTERED == wrong)
        {
            steps.step("own", 0, -1, owned);
        }
        if (state.left().losses() > 0)
        {
            steps.fault("register, and lose the answer", life, -1,
                applied.after(state.left().less(0, 0, 0, 0, 0, 1), state.boot(), true));
            final boolean isClean = process.isClean() || Wrong.SECOND_ATTEMPT_IS_CLEAN == wrong;
            steps.fault("lose the registration", life, -1,
                owned.with(disk, new Process(
                    Phase.DECIDED, null, isClean, process.isDurable(), -1, process.known()))
                    .after(state.left().less(0, 0, 0, 0, 0, 1), state.boot(), false));
        }
    }

    private static Attempt attempt(final LifeState state)
    {
        final Process process = state.process();
        final int life = process.known() + 1;
        return new Attempt(
            process.known(), process.isClean() ? state.cleanSince() : life,
            process.isDurable() ? state.durableSince() : life);
    }

    private static LifeState apply(final LifeState state, final Attempt attempt)
    {
        if (attempt.expected() != state.version())
        {
            return state;
        }

        final List<String> acked = new ArrayList<>(state.acked());
        final List<String> forced = new ArrayList<>(state.forced());
        acked.add("");
        forced.add("");
        return state.withNode(state.version() + 1, attempt.cleanSince(), attempt.durableSince())
            .withAcked(List.copyOf(acked), List.copyOf(forced));
    }

    private static LifeState own(final LifeState state, final boolean isOwnerWritten)
    {
        final Process process = state.process();
        final Disk disk = state.disk();
        final Phase next = Phase.REGISTERED == process.phase() ? Phase.HALF_OWNED : Phase.OWNED;

        return state.with(
            isOwnerWritten ? disk.withOwner(process.life(), state.boot()) :
                disk.withLog(disk.log(), disk.flushed(), disk.log().length()),
            process.at(next));
    }

    // A life.

    private void serve(final LifeState state, final Steps<LifeState> steps)
    {
        final Process process = state.process();
        final Disk disk = state.disk();
        if (process.life() < 0 || process.life() != state.version())
        {
            return;
        }
        if (disk.log().length() < records)
        {
            final boolean isPublishing =
                Phase.OWNED == process.phase() ||
                Phase.HALF_OWNED == process.phase() && Wrong.OWNER_BEFORE_PUBLISHED != wrong;
            final String log = disk.log() + (char)('a' + process.life());
            steps.step("append", process.life(), -1, state.with(
                disk.withLog(log, disk.flushed(), isPublishing ? log.length() : disk.published()), process));
        }
        if (!disk.log().equals(state.acked().get(process.life())))
        {
            steps.step("acknowledge", process.life(), disk.log().length(),
                state.withAcked(set(state.acked(), process.life(), disk.log()), state.forced()));
        }
        if (disk.flushed() < disk.log().length())
        {
            final LifeState flushed = state.with(
                disk.withLog(disk.log(), disk.log().length(), disk.published()), process);
            steps.step("flush", process.life(), disk.log().length(),
                flushed.withAcked(state.acked(), set(state.forced(), process.life(), disk.log())));
        }
    }

    private static List<String> set(final List<String> list, final int index, final String value)
    {
        final List<String> changed = new ArrayList<>(list);
        changed.set(index, value);
        return List.copyOf(changed);
    }

    private void stop(final LifeState state, final Steps<LifeState> steps)
    {
        final Process process = state.process();
        final Disk disk = state.disk();
        if (Phase.OWNED == process.phase() && state.left().kills() > 0)
        {
            final int end = disk.log().length();
            steps.fault("stop in order", process.life(), -1, state.with(
                disk.withLog(disk.log(), end, disk.published()).withMarker(process.life(), end), null)
                .after(state.left().less(1, 0, 0, 0, 0, 0), state.boot(), false));
        }
        if (state.left().kills() > 0)
        {
            final boolean isEarly = Phase.REGISTERED == process.phase() || Phase.HALF_OWNED == process.phase();
            final LifeState dead = state.with(disk, null)
                .after(state.left().less(1, 0, 0, 0, 0, 0), state.boot(), isEarly);
            steps.fault("kill", -1, -1, dead);
            if (Phase.DECIDED == process.phase() && process.known() == state.version())
            {
                steps.fault("kill while it registers", -1, -1, dead.withLate(attempt(state))
                    .after(dead.left(), state.boot(), true));
            }
        }
        if (process.life() == state.version() && process.life() >= 0 && state.left().losses() > 0)
        {
            // The session ends under a process that lives: it registers again, and has lost nothing.
            steps.fault("renew the session", -1, -1, state.with(disk, new Process(
                Phase.DECIDED, null, true, true, -1, state.version()))
                .after(state.left().less(0, 0, 0, 0, 0, 1), state.boot(), true));
        }
    }

    // A host and its disk.

    private void host(final LifeState state, final Steps<LifeState> steps)
    {
        final Disk disk = state.disk();
        final int end = disk.log().length();
        for (int kept = disk.flushed(); state.left().powers() > 0 && kept <= end; kept++)
        {
            final Budget left = state.left().less(0, 1, 0, 0, 0, 0);
            final String log = disk.log().substring(0, kept);
            steps.fault("power cut", kept, -1, state.with(
                disk.withLog(log, disk.flushed(), disk.published()), null).after(left, state.boot() + 1, true));
            steps.fault("power cut, word lost", kept, -1, state.with(
                disk.withLog(log, disk.flushed(), Math.min(kept, disk.published())), null)
                .after(left, state.boot() + 1, true));
        }
        if (null != state.process())
        {
            return;
        }

        for (int kept = disk.flushed(); state.left().drops() > 0 && kept < end; kept++)
        {
            steps.fault("lose pages", kept, -1, state.with(
                disk.withLog(disk.log().substring(0, kept), disk.flushed(), disk.published()), null)
                .after(state.left().less(0, 0, 1, 0, 0, 0), state.boot(), true));
        }
        for (int kept = 0; state.left().damages() > 0 && kept < disk.flushed(); kept++)
        {
            steps.fault("damage", kept, -1, state.with(
                disk.withLog(disk.log().substring(0, kept), disk.flushed(), disk.published()), null)
                .after(state.left().less(0, 0, 0, 1, 0, 0), state.boot(), true));
        }
        if (state.left().copies() > 0 && null == state.copy())
        {
            steps.fault("copy the directory", -1, -1, state.withCopy(disk));
        }
        if (state.left().copies() > 0 && null != state.copy())
        {
            steps.fault("put the copy back", -1, -1, state.with(state.copy(), null)
                .after(state.left().less(0, 0, 0, 0, 1, 0), state.boot(), true));
        }
    }

    @Override
    public String broken(final LifeState state)
    {
        if (state.isHarmless() && state.cleanSince() > 0)
        {
            return "AVAILABILITY";
        }
        if (null == state.process() || state.process().life() != state.version())
        {
            return null;
        }

        final String log = state.disk().log();
        final boolean isForcedKept =
            state.left().copies() == budget.copies() || Wrong.COPY_IS_NOT_EXCLUDED == wrong;
        for (int life = 0; life <= state.version(); life++)
        {
            if (life >= state.cleanSince() && !log.startsWith(state.acked().get(life)))
            {
                return "I5";
            }
            if (isForcedKept && life >= state.durableSince() && !log.startsWith(state.forced().get(life)))
            {
                return "I5 on disk";
            }
        }

        return null;
    }

    @Override
    public boolean isSettled(final LifeState state)
    {
        return null != state.process() && Phase.OWNED == state.process().phase() &&
            state.process().life() == state.version() && null == state.late();
    }

    @Override
    public Object[] parts(final LifeState state)
    {
        final Object[] parts = new Object[PART_COUNT];
        int i = 0;
        parts[i++] = state.version();
        parts[i++] = state.cleanSince();
        parts[i++] = state.durableSince();
        parts[i++] = state.boot();
        parts[i++] = state.disk();
        parts[i++] = state.copy();
        parts[i++] = state.process();
        parts[i++] = state.late();
        parts[i++] = state.acked();
        parts[i++] = state.forced();
        parts[i++] = state.isHarmless();
        parts[i] = state.left();

        return parts;
    }

    @Override
    @SuppressWarnings("unchecked")
    public LifeState whole(final Object[] parts)
    {
        return new LifeState(
            (Integer)parts[0], (Integer)parts[1], (Integer)parts[2], (Integer)parts[3], (Disk)parts[4],
            (Disk)parts[5], (Process)parts[6], (Attempt)parts[7], (List<String>)parts[8], (List<String>)parts[9],
            (Boolean)parts[10], (Budget)parts[11]);
    }
}
