package io.epona.engine.cluster;

import io.epona.engine.cluster.NodeValues.BrokerLives;
import io.epona.engine.cluster.NodeValues.Registration;

import java.util.ArrayList;
import java.util.List;

/**
 * What a broker knows of its former lives, and the change with which the next one begins. Whether the last life can
 * have lost data is decided once, by what is found first, and holds until a registration of this process is known to
 * have been made.
 * <p>
 * Owned by the membership.
 */
final class NextLife
{
    private final MembershipContext ctx;
    private final String livesPath;
    private final String registrationPath;
    private boolean isDecided;
    private boolean isComplete;
    private boolean isDurable;
    private boolean wasRegistered;
    private int lastVersion = -1;
    private BrokerLives lives;
    private boolean isOverStale;
    private int staleVersion;

    NextLife(final MembershipContext ctx, final String livesPath, final String registrationPath)
    {
        this.ctx = ctx;
        this.livesPath = livesPath;
        this.registrationPath = registrationPath;
    }

    /**
     * The former lives were read.
     *
     * @param read    what is kept of them.
     * @param version of the node: the epoch of the last one.
     * @return false where another directory registered under the id between two looks of this process: that one goes
     *         on.
     */
    boolean onLives(final BrokerLives read, final int version)
    {
        final boolean isOwn = read.dirIds().contains(ctx.dirId);
        if (lastVersion >= 0 && version != lastVersion && !isOwn)
        {
            return false;
        }
        if (!isDecided)
        {
            isDecided = true;
            isDurable = isOwn && ctx.lastLife.isDurable(version);
            isComplete = isDurable && ctx.lastLife.isComplete(version);
        }

        lastVersion = version;
        lives = read;

        return true;
    }

    /** Nobody is registered under the id. */
    void onVacant()
    {
        isOverStale = false;
    }

    /** A former life of this very directory still is registered, which is over. */
    void onStale(final int version)
    {
        isOverStale = true;
        staleVersion = version;
    }

    /**
     * @return epoch of the last life, -1 where none is known.
     */
    int lastEpoch()
    {
        return lastVersion;
    }

    /**
     * @return whether the registration of a former life is replaced.
     */
    boolean isOverStale()
    {
        return isOverStale;
    }

    /**
     * @return whether a life of this process was registered.
     */
    boolean wasRegistered()
    {
        return wasRegistered;
    }

    /**
     * @param isRunning whether the broker does not stop.
     * @return the change that begins a life, the node of the lives first.
     */
    List<Operation> registration(final boolean isRunning)
    {
        final int next = lastVersion + 1;
        final int cleanSince = isComplete || wasRegistered ? lives.cleanSince() : next;
        final int durableSince = isDurable || wasRegistered ? lives.durableSince() : next;
        final List<Operation> operations = new ArrayList<>(3);
        operations.add(Operation.set(
            livesPath, NodeValues.encodeBrokerEpoch(cleanSince, durableSince, ctx.dirId), lastVersion));
        if (isOverStale)
        {
            operations.add(Operation.delete(registrationPath, staleVersion));
        }
        operations.add(Operation.createEphemeral(registrationPath, value(next, isRunning)));

        return operations;
    }

    /**
     * @param brokerEpoch of a life.
     * @param isRunning   whether the broker does not stop.
     * @return what the broker says of itself.
     */
    byte[] value(final int brokerEpoch, final boolean isRunning)
    {
        return NodeValues.encodeRegistration(new Registration(
            brokerEpoch, ctx.maxMessageBytes, ctx.dirId, isRunning, ctx.host, ctx.port, ctx.shards));
    }

    /**
     * A life began.
     *
     * @param brokerEpoch of it.
     */
    void onRegistered(final int brokerEpoch)
    {
        wasRegistered = true;
        isOverStale = false;
        lastVersion = brokerEpoch;
    }
}
