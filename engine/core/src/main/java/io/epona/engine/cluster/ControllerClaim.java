package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The claim to be the one controller: an ephemeral node, made in one multi that raises the controller's epoch. A claim
 * whose answer was lost is recognised by the session that owns the node. After an interruption of the connection the
 * node is looked at again, for the session may have been renewed unseen.
 * <pre>
 *   IDLE -> LOOKING -> READING_EPOCH -> CLAIMING -> HELD -> VERIFYING
 *              ^  ^          |              |          ^        |
 *              |  +----------+--------------+          +--------+
 *              |         refused                                | another's
 *          OF_ANOTHER: waits for a hint, or a second    <-------+
 * </pre>
 * Owned by the thread that owns the coordination.
 */
final class ControllerClaim
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long RECHECK_NS = TimeUnit.SECONDS.toNanos(1);

    private enum State
    {
        IDLE, LOOKING, READING_EPOCH, CLAIMING, HELD, VERIFYING, OF_ANOTHER
    }

    /** Hears of the claim. */
    interface Listener
    {
        void onClaimed(int controllerEpoch);

        void onLost();
    }

    private final Coordination coordination;
    private final int brokerId;
    private final Marks marks;
    private final ErrorHandler errorHandler;
    private final Listener listener;
    private State state = State.IDLE;
    private long sessionId;
    private int brokerEpoch;
    private int epochVersion;
    private int controllerId = PartitionState.NONE;
    private boolean isAsking;
    private int life;
    private long retryNs;
    private long nowNs;

    ControllerClaim(
        final Coordination coordination,
        final int brokerId,
        final Marks marks,
        final ErrorHandler errorHandler,
        final Listener listener)
    {
        this.coordination = coordination;
        this.brokerId = brokerId;
        this.marks = marks;
        this.errorHandler = errorHandler;
        this.listener = listener;
        coordination.watch(Paths.CONTROLLER, (path) -> onHint());
    }

    /**
     * @return broker that is controller as far as this one knows, or {@link PartitionState#NONE}.
     */
    int controllerId()
    {
        return controllerId;
    }

    /** A life of the broker began: it may claim in this session. A claim that the session holds stays. */
    void begin(final long session, final int epoch)
    {
        brokerEpoch = epoch;
        if (session != sessionId)
        {
            end();
            sessionId = session;
            state = State.LOOKING;
            retryNs = nowNs;
        }
    }

    /** The session is over, and with it the claim. */
    void end()
    {
        final boolean wasHeld = isHeld();
        life++;
        isAsking = false;
        sessionId = 0;
        controllerId = PartitionState.NONE;
        state = State.IDLE;
        if (wasHeld)
        {
            listener.onLost();
        }
    }

    /** The connection came back, or a change was refused because of the controller's epoch. */
    void verify()
    {
        if (State.HELD == state)
        {
            state = State.VERIFYING;
            retryNs = nowNs;
        }
    }

    int doWork(final long now, final boolean isConnected)
    {
        nowNs = now;
        if (!isConnected || isAsking || now - retryNs < 0)
        {
            return 0;
        }

        switch (state)
        {
            case LOOKING, OF_ANOTHER, VERIFYING -> look();
            case READING_EPOCH -> readEpoch();
            case CLAIMING -> claim();
            default ->
            {
                return 0;
            }
        }

        return 1;
    }

    private boolean isHeld()
    {
        return State.HELD == state || State.VERIFYING == state;
    }

    private void onHint()
    {
        if (State.OF_ANOTHER == state)
        {
            state = State.LOOKING;
            retryNs = nowNs;
        }
        else
        {
            verify();
        }
    }

    private void look()
    {
        final int asked = ask();
        coordination.read(
            Paths.CONTROLLER,
            (status, value, version, owner) ->
            {
                if (isAnswered(asked, status))
                {
                    onController(status, value, owner);
                }
            });
    }

    private void onController(final Status status, final byte[] value, final long owner)
    {
        if (Status.OK == status && owner == sessionId)
        {
            if (State.VERIFYING == state)
            {
                state = State.HELD;
                return;
            }
            // Of an attempt whose answer was lost.
            final NodeValues.ControllerClaim claim = decoded(value);
            if (null != claim)
            {
                onWon(claim.controllerEpoch());
            }
            return;
        }

        final boolean wasHeld = isHeld();
        if (Status.OK == status)
        {
            final NodeValues.ControllerClaim claim = decoded(value);
            controllerId = null == claim ? PartitionState.NONE : claim.brokerId();
            retryNs = nowNs + RECHECK_NS;
            state = State.OF_ANOTHER;
        }
        else
        {
            controllerId = PartitionState.NONE;
            state = State.READING_EPOCH;
        }
        if (wasHeld)
        {
            listener.onLost();
        }
    }

    private void readEpoch()
    {
        final int asked = ask();
        coordination.read(
            Paths.CONTROLLER_EPOCH,
            (status, value, version, owner) ->
            {
                if (isAnswered(asked, status) && Status.OK == status)
                {
                    epochVersion = version;
                    state = State.CLAIMING;
                }
            });
    }

    private void claim()
    {
        final int asked = ask();
        final int next = epochVersion + 1;
        coordination.multi(
            List.of(
                Operation.createEphemeral(
                    Paths.CONTROLLER,
                    NodeValues.encodeControllerClaim(new NodeValues.ControllerClaim(brokerId, brokerEpoch, next))),
                Operation.set(Paths.CONTROLLER_EPOCH, NodeValues.encodeControllerEpoch(next), epochVersion)),
            (status, failedIndex, versions) ->
            {
                if (asked != life)
                {
                    return;
                }
                isAsking = false;
                switch (status)
                {
                    case OK -> onWon(next);
                    // Issued again as it is: the node of an attempt that was made shows its session.
                    case OUTCOME_UNKNOWN, FAILED -> retryNs = nowNs + RETRY_NS;
                    default ->
                    {
                        marks.hit(Mark.CLAIM_LOST);
                        state = State.LOOKING;
                    }
                }
            });
    }

    private void onWon(final int controllerEpoch)
    {
        marks.hit(Mark.CLAIM_WON);
        controllerId = brokerId;
        state = State.HELD;
        listener.onClaimed(controllerEpoch);
    }

    private NodeValues.ControllerClaim decoded(final byte[] value)
    {
        try
        {
            return NodeValues.decodeControllerClaim(Paths.CONTROLLER, value);
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            errorHandler.onError(ex);
            retryNs = nowNs + RECHECK_NS;
            return null;
        }
    }

    private int ask()
    {
        isAsking = true;
        return life;
    }

    private boolean isAnswered(final int asked, final Status status)
    {
        if (asked != life)
        {
            return false;
        }
        isAsking = false;
        final boolean isAnswer = Status.OK == status || Status.NO_NODE == status;
        if (!isAnswer)
        {
            retryNs = nowNs + RETRY_NS;
        }

        return isAnswer;
    }
}
