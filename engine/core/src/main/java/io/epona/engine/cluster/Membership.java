package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues.BrokerLives;
import io.epona.engine.cluster.NodeValues.Registration;
import io.epona.engine.replica.Mark;

import java.util.List;

/**
 * This broker as a member of its cluster: finds the cluster's identity or founds it, registers, registers again in each
 * new session, and says when it stops.
 * <pre>
 *   CONNECTING -> IDENTIFYING -> READING_LIVES -> READING_REGISTRATION -> REGISTERING -> REGISTERED
 *        ^                          ^                 |       ^                 |             |
 *        |                          |                 v       |                 |             |
 *        |                          |             ID_IN_USE --+                 |             |
 *        |                          +---- refused, or outcome unknown ----------+             |
 *        |                          +---- connection came back: look again -------------------+
 *        +---- session over: from any state
 *   any state -> FAILED: the listener is told why, nothing more happens
 * </pre>
 * The broker's epoch is the version of {@code /brokers/epochs/ID}, raised by the multi that creates the ephemeral
 * {@code /brokers/ids/ID}. Whether the last life can have lost data is decided once for each start of the process,
 * before the first attempt, and stays decided over attempts whose outcome is unknown: success is recognised by the
 * session that owns the ephemeral node. In a new session of a process that lives nothing can have been lost.
 * <p>
 * An ephemeral node of this very data directory is that of a former life, which is over: whoever runs on the directory
 * holds its lock. That of another directory is waited for as long as a session may live.
 * <p>
 * Owned by the thread that owns the coordination, which polls it, and drives this by {@link #doWork}. Never blocks.
 */
public final class Membership
{
    /** Where the broker stands; see the class. */
    public enum State
    {
        /** There is no session. */
        CONNECTING,
        /** Looks for the cluster's identity, or founds the cluster. */
        IDENTIFYING,
        /** Looks for its former lives. */
        READING_LIVES,
        /** Looks for a registration under its id. */
        READING_REGISTRATION,
        /** Another directory holds its id: waits for that session to end. */
        ID_IN_USE,
        /** Waits for the outcome of its registration. */
        REGISTERING,
        /** It is a member. */
        REGISTERED,
        /** It cannot be a member; see {@link Listener#onFatal}. */
        FAILED
    }

    /**
     * How the last life of this broker ended, as far as the broker itself can tell. Asked once, before the first
     * registration.
     */
    public interface LastLife
    {
        /**
         * @param brokerEpoch of the last life that was registered.
         * @return whether the logs still hold everything that they held then: it ended in order, or only the process
         *         was killed.
         */
        boolean isComplete(int brokerEpoch);

        /**
         * @param brokerEpoch of the last life that was registered.
         * @return whether the logs still hold everything that was flushed: no damage below a recovery point was found.
         */
        boolean isDurable(int brokerEpoch);
    }

    /**
     * Hears what becomes of the membership, on the owner's thread, inside of poll or doWork.
     */
    public interface Listener
    {
        /**
         * The cluster's identity is known. The directory must remember it before {@link #isClusterIdKept()}.
         *
         * @param clusterId that the directory belongs to from now on.
         */
        void onClusterId(Uuid clusterId);

        /**
         * @return whether the directory remembers the cluster: it does not register before. True for those that
         *         have remembered it when {@link #onClusterId} returns.
         */
        default boolean isClusterIdKept()
        {
            return true;
        }

        /**
         * A new life of this broker began: leaderships and syncs of a former one are over. What is read from now on in
         * this session is not older than the registration.
         *
         * @param sessionId   of the session.
         * @param brokerEpoch of the life.
         */
        void onRegistered(long sessionId, int brokerEpoch);

        /**
         * The connection was interrupted, or came back with the same session. Changes no role.
         *
         * @param isConnected whether it is there.
         */
        void onSession(boolean isConnected);

        /**
         * The session is over. The broker registers again by itself.
         */
        void onSessionLost();

        /**
         * The broker cannot be a member of the cluster: it has to stop.
         *
         * @param reason with the remedy.
         */
        void onFatal(EngineException reason);
    }

    private final MembershipContext ctx;
    private final Coordination coordination;
    private final Listener listener;
    private final String livesPath;
    private final String registrationPath;
    private final ClusterFounding founding;
    private final NextLife life;
    private final Asking asking = new Asking();
    private State state = State.CONNECTING;
    private long sessionId;
    private boolean isConnected;
    private long nowNs;
    private long inUseDeadlineNs;

    private int brokerEpoch = -1;

    private boolean isStopping;
    private boolean isStopAnnounced;
    private int registrationVersion;

    /**
     * @param ctx      settings; not to be changed any more.
     * @param listener to tell.
     */
    public Membership(final MembershipContext ctx, final Listener listener)
    {
        this.ctx = ctx;
        this.coordination = ctx.coordination;
        this.listener = listener;
        founding = new ClusterFounding(coordination, ctx.clusterId, ctx.newClusterId, new Identity());
        livesPath = Paths.brokerEpoch(ctx.brokerId);
        registrationPath = Paths.brokerId(ctx.brokerId);
        life = new NextLife(ctx, livesPath, registrationPath);
        coordination.sessionListener(new Session());
    }

    /**
     * Make progress: take the next step where the last one is answered.
     *
     * @param nowNs any clock that only rises.
     * @return number of things done.
     */
    public int doWork(final long nowNs)
    {
        this.nowNs = nowNs;
        if (!asking.mayAsk(nowNs) || !isConnected)
        {
            return 0;
        }

        switch (state)
        {
            case IDENTIFYING ->
            {
                if (isIdentified())
                {
                    state = State.READING_LIVES;
                    return 1;
                }
                return founding.doWork(nowNs);
            }
            case READING_LIVES -> readLives();
            case READING_REGISTRATION, ID_IN_USE -> readRegistration();
            case REGISTERING -> register();
            case REGISTERED ->
            {
                if (!isStopping || isStopAnnounced)
                {
                    return 0;
                }
                announceStop();
            }
            default ->
            {
                return 0;
            }
        }

        return 1;
    }

    /**
     * @return where the broker stands.
     */
    public State state()
    {
        return state;
    }

    /**
     * @return life of this broker, or -1 before it is registered in the session that holds.
     */
    public int brokerEpoch()
    {
        return brokerEpoch;
    }

    /**
     * @return identity of the cluster, or null where it is not known yet.
     */
    public Uuid clusterId()
    {
        return founding.clusterId();
    }

    /**
     * Say that this broker stops, so that its leaderships go to others. It stays registered until its session ends.
     */
    public void stop()
    {
        isStopping = true;
    }

    /**
     * @return whether this broker stops.
     */
    public boolean isStopping()
    {
        return isStopping;
    }

    /**
     * @return whether others can see that this broker stops.
     */
    public boolean isStopAnnounced()
    {
        return isStopAnnounced;
    }

    /**
     * Look whether the registration still is what it was: a change of this broker was refused because of its life.
     * Ends in {@link Listener#onFatal} where another process took the id.
     */
    public void verify()
    {
        if (State.REGISTERED == state)
        {
            asking.now();
            state = State.READING_LIVES;
        }
    }

    private boolean isIdentified()
    {
        return founding.isDone() && listener.isClusterIdKept();
    }

    private void readLives()
    {
        final int asked = asking.begin();
        coordination.read(
            livesPath,
            (status, value, version, owner) ->
            {
                if (asking.isAnswered(asked, status))
                {
                    onLives(status, value, version);
                }
            });
    }

    private void onLives(final Status status, final byte[] value, final int version)
    {
        if (Status.NO_NODE == status)
        {
            final int asked = asking.begin();
            coordination.create(
                livesPath,
                NodeValues.encodeBrokerEpoch(0, 0, ctx.dirId),
                (outcome, failedIndex, versions) -> asking.isAnswered(asked, outcome));
            return;
        }

        final BrokerLives read = decoded(() -> NodeValues.decodeBrokerLives(livesPath, value));
        if (null == read)
        {
            return;
        }
        if (!life.onLives(read, version))
        {
            failMoved();
            return;
        }

        state = State.READING_REGISTRATION;
    }

    private void readRegistration()
    {
        final int asked = asking.begin();
        coordination.read(
            registrationPath,
            (status, value, version, owner) ->
            {
                if (asking.isAnswered(asked, status))
                {
                    onRegistration(status, value, version, owner);
                }
            });
    }

    private void onRegistration(final Status status, final byte[] value, final int version, final long owner)
    {
        if (Status.NO_NODE == status)
        {
            life.onVacant();
            state = State.REGISTERING;
            return;
        }

        final Registration found = decoded(() -> NodeValues.decodeRegistration(registrationPath, value));
        if (null == found)
        {
            return;
        }
        if (owner == sessionId)
        {
            onOwnRegistration(found, version);
        }
        else if (found.dirId().equals(ctx.dirId))
        {
            life.onStale(version);
            state = State.REGISTERING;
        }
        else if (State.ID_IN_USE != state)
        {
            ctx.marks.hit(Mark.REGISTRATION_ID_IN_USE);
            inUseDeadlineNs = nowNs + ctx.sessionTimeoutNs;
            asking.later();
            state = State.ID_IN_USE;
        }
        else if (nowNs - inUseDeadlineNs >= 0)
        {
            fail(ResultCode.INVALID_CONFIG,
                "broker.id " + ctx.brokerId + " is in use by " +
                (found.host().isEmpty() ? "another broker" : found.host() + ":" + found.port()) +
                ", with another data directory: give each broker an id of its own, then start again", null);
        }
        else
        {
            asking.later();
        }
    }

    private void onOwnRegistration(final Registration found, final int version)
    {
        if (found.brokerEpoch() > life.lastEpoch())
        {
            // An attempt whose answer was lost was made between the two reads.
            state = State.READING_LIVES;
            return;
        }
        if (found.brokerEpoch() < life.lastEpoch())
        {
            failMoved();
            return;
        }

        registrationVersion = version;
        isStopAnnounced = !found.isRunning();
        if (found.brokerEpoch() == brokerEpoch)
        {
            // Only looked again after an interruption: the life goes on.
            state = State.REGISTERED;
            return;
        }

        ctx.marks.hit(Mark.REGISTRATION_RECOGNISED);
        begin(found.brokerEpoch());
    }

    private void register()
    {
        final boolean isRunning = !isStopping;
        final List<Operation> operations = life.registration(isRunning);
        final boolean isOverStale = life.isOverStale();
        final int asked = asking.begin();
        coordination.multi(
            operations,
            (status, failedIndex, versions) ->
            {
                if (!asking.take(asked))
                {
                    return;
                }
                if (Status.OK != status)
                {
                    if (Status.OUTCOME_UNKNOWN == status)
                    {
                        ctx.marks.hit(Mark.REGISTRATION_UNKNOWN);
                    }
                    if (Status.BAD_VERSION != status)
                    {
                        asking.later();
                    }
                    state = State.READING_LIVES;
                    return;
                }

                if (isOverStale)
                {
                    ctx.marks.hit(Mark.REGISTERED_OVER_STALE_OWN);
                }
                registrationVersion = 0;
                isStopAnnounced = !isRunning;
                begin(versions[0]);
            });
    }

    private void begin(final int epoch)
    {
        ctx.marks.hit(life.wasRegistered() ? Mark.SESSION_RENEWED : Mark.REGISTERED);
        life.onRegistered(epoch);
        brokerEpoch = epoch;
        state = State.REGISTERED;
        listener.onRegistered(sessionId, epoch);
    }

    private void announceStop()
    {
        final int asked = asking.begin();
        final byte[] value = life.value(brokerEpoch, false);
        coordination.multi(
            List.of(
                Operation.set(registrationPath, value, registrationVersion),
                Operation.check(livesPath, brokerEpoch)),
            (status, failedIndex, versions) ->
            {
                if (!asking.take(asked))
                {
                    return;
                }
                if (Status.OK == status)
                {
                    registrationVersion = versions[0];
                    isStopAnnounced = true;
                }
                else
                {
                    // Perhaps made, by this attempt or by an earlier one whose answer was lost: what is there tells.
                    asking.later();
                    state = State.READING_LIVES;
                }
            });
    }

    @FunctionalInterface
    private interface Decoder<T>
    {
        T decode();
    }

    private <T> T decoded(final Decoder<T> decoder)
    {
        try
        {
            return decoder.decode();
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            fail(ResultCode.DATA_LOSS, ex.getMessage() + ". Put back a copy of the coordination's data.", ex);
            return null;
        }
    }

    private void failMoved()
    {
        ctx.marks.hit(Mark.REGISTRATION_MOVED);
        fail(ResultCode.INVALID_CONFIG,
            "broker.id " + ctx.brokerId + " was taken by another process: give each broker an id of its own, then " +
            "start again", null);
    }

    private void fail(final ResultCode code, final String message, final Throwable cause)
    {
        state = State.FAILED;
        asking.restart();
        listener.onFatal(new EngineException(code, message, cause));
    }

    /** What becomes of the cluster's identity. */
    private final class Identity implements ClusterFounding.Listener
    {
        @Override
        public void onClusterId(final Uuid clusterId)
        {
            listener.onClusterId(clusterId);
        }

        @Override
        public void onRefused(final EngineException reason)
        {
            state = State.FAILED;
            asking.restart();
            listener.onFatal(reason);
        }
    }

    /** What the coordination tells of the session. */
    private final class Session implements Coordination.SessionListener
    {
        @Override
        public void onConnected(final long connectedSessionId)
        {
            if (State.FAILED == state)
            {
                return;
            }

            final boolean isSame = connectedSessionId == sessionId;
            isConnected = true;
            if (isSame)
            {
                listener.onSession(true);
                verify();
                return;
            }

            onExpired();
            sessionId = connectedSessionId;
            isConnected = true;
            asking.now();
            state = State.IDENTIFYING;
            listener.onSession(true);
        }

        @Override
        public void onSuspended()
        {
            if (isConnected && State.FAILED != state)
            {
                isConnected = false;
                listener.onSession(false);
            }
        }

        @Override
        public void onExpired()
        {
            if (0 == sessionId || State.FAILED == state)
            {
                return;
            }
            sessionId = 0;
            isConnected = false;
            asking.restart();
            founding.restart();
            state = State.CONNECTING;
            brokerEpoch = -1;
            isStopAnnounced = false;
            listener.onSessionLost();
        }
    }
}
