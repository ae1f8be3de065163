package io.epona.simulator.model;

import java.util.List;

/**
 * A state of {@link LifeModel}. Immutable.
 *
 * @param version      of the broker's node: its last life.
 * @param cleanSince   that the node holds.
 * @param durableSince that the node holds.
 * @param boot         of the host.
 * @param disk         of the broker.
 * @param copy         of the disk that was made, or null.
 * @param process      that runs, or null.
 * @param late         registration whose process died, and that may be applied yet, or null.
 * @param acked        what was acknowledged in each life.
 * @param forced       what was acknowledged when it was on disk, in each life.
 * @param isHarmless   whether nothing has happened yet that a start has to take for a loss.
 * @param left         what may go wrong still.
 */
record LifeState(
    int version,
    int cleanSince,
    int durableSince,
    int boot,
    Disk disk,
    Disk copy,
    Process process,
    Attempt late,
    List<String> acked,
    List<String> forced,
    boolean isHarmless,
    Budget left)
{
    /**
     * The data directory. A log is a string, the character at an offset the life that appended it.
     *
     * @param log         as the page cache has it.
     * @param flushed     end of what is on the medium, and known to be.
     * @param published   word of the log end, -1 for none.
     * @param markerLife  life of the clean marker, -1 for none.
     * @param markerEnd   log end of the clean marker.
     * @param ownerLife   life in the file {@code life}, -1 for none.
     * @param ownerBoot   boot in the file {@code life}.
     */
    record Disk(
        String log, int flushed, int published, int markerLife, int markerEnd, int ownerLife, int ownerBoot)
    {
        Disk withLog(final String changed, final int end, final int word)
        {
            return new Disk(changed, end, word, markerLife, markerEnd, ownerLife, ownerBoot);
        }

        Disk withMarker(final int life, final int end)
        {
            return new Disk(log, flushed, published, life, end, ownerLife, ownerBoot);
        }

        Disk withOwner(final int life, final int boot)
        {
            return new Disk(log, flushed, published, markerLife, markerEnd, life, boot);
        }
    }

    /** How far a process is. */
    enum Phase
    {
        /** It has looked at the directory, and knows nothing of the node. */
        STARTED,
        /** It has read the node, and has decided what it lost. */
        DECIDED,
        /** It is registered, and serves. */
        REGISTERED,
        /** One of the two files that say so is written. */
        HALF_OWNED,
        /** The directory says so too. */
        OWNED
    }

    /**
     * A process.
     *
     * @param phase     how far it is.
     * @param found     the directory as it was found, the marker not taken yet.
     * @param isClean   whether nothing was lost.
     * @param isDurable whether nothing was lost that was on disk.
     * @param life      that it is registered as, -1 for none.
     * @param known     version of the node that it read.
     */
    record Process(Phase phase, Disk found, boolean isClean, boolean isDurable, int life, int known)
    {
        Process at(final Phase next)
        {
            return new Process(next, found, isClean, isDurable, life, known);
        }
    }

    /**
     * A registration that is under way.
     *
     * @param expected     version that it rests on.
     * @param cleanSince   that it sets.
     * @param durableSince that it sets.
     */
    record Attempt(int expected, int cleanSince, int durableSince)
    {
    }

    /**
     * What may go wrong still.
     *
     * @param kills   processes that may be killed, or stopped in order.
     * @param powers  power cuts.
     * @param drops   times that the host loses pages and goes on.
     * @param damages times that the medium loses what was on it.
     * @param copies  times that the directory is put back from a copy.
     * @param losses  connections that break with a registration under way, and sessions that end.
     */
    record Budget(int kills, int powers, int drops, int damages, int copies, int losses)
    {
        Budget less(
            final int kill, final int power, final int drop, final int damage, final int restored, final int lost)
        {
            return new Budget(
                kills - kill, powers - power, drops - drop, damages - damage, copies - restored, losses - lost);
        }
    }

    LifeState with(final Disk changed, final Process next)
    {
        return new LifeState(
            version, cleanSince, durableSince, boot, changed, copy, next, late, acked, forced, isHarmless, left);
    }

    LifeState withNode(final int next, final int clean, final int durable)
    {
        return new LifeState(
            next, clean, durable, boot, disk, copy, process, late, acked, forced, isHarmless, left);
    }

    LifeState withLate(final Attempt attempt)
    {
        return new LifeState(
            version, cleanSince, durableSince, boot, disk, copy, process, attempt, acked, forced, isHarmless, left);
    }

    LifeState withAcked(final List<String> all, final List<String> onDisk)
    {
        return new LifeState(
            version, cleanSince, durableSince, boot, disk, copy, process, late, all, onDisk, isHarmless, left);
    }

    LifeState withCopy(final Disk made)
    {
        return new LifeState(
            version, cleanSince, durableSince, boot, disk, made, process, late, acked, forced, isHarmless, left);
    }

    /** After something went wrong. */
    LifeState after(final Budget rest, final int bootNow, final boolean isHarm)
    {
        return new LifeState(
            version, cleanSince, durableSince, bootNow, disk, copy, process, late, acked, forced,
            isHarmless && !isHarm, rest);
    }
}
