package io.epona.broker;

import io.aeron.Aeron;
import io.epona.broker.host.BrokerHost;
import io.epona.codecs.ResultCode;
import io.epona.engine.Clock;
import io.epona.engine.node.NodeMetadata;
import io.epona.transport.Lane;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import org.agrona.concurrent.Agent;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Owns the sessions: control lanes, keep-alives, metadata and admin requests. What takes time is asked for
 * and looked at until it is there. Never touches a batch.
 */
final class ConductorAgent implements Agent
{
    private static final int MESSAGES_PER_CYCLE = 8;
    private static final long CHECK_INTERVAL_NS = 50_000_000L;

    private final List<ControlSession> sessions = new ArrayList<>();
    private final Clock clock;
    private final Limits limits;
    private final SessionTable table;
    private final BrokerCounters counters;
    private final LaneWatch watch;
    private final BrokerHost host;
    private final ControlReplies replies;
    private final ControlRequests requests;
    private final LaneAcceptor acceptor;
    private final Runnable onCheck;
    private long nowNs;
    private long nextCheckNs;

    /**
     * @param host         of the topics.
     * @param clock        of the broker.
     * @param limits       of the broker.
     * @param table        of the sessions' tokens, written here.
     * @param self         the broker, as clients are told of it.
     * @param counters     of the broker.
     * @param watch        told of violations.
     * @param sharedMemory that lanes are admitted by.
     * @param onCheck      run now and then on this agent's thread.
     */
    ConductorAgent(
        final BrokerHost host,
        final Clock clock,
        final Limits limits,
        final SessionTable table,
        final NodeMetadata.Broker self,
        final BrokerCounters counters,
        final LaneWatch watch,
        final SharedMemory sharedMemory,
        final Runnable onCheck)
    {
        this.host = host;
        this.clock = clock;
        this.limits = limits;
        this.table = table;
        this.counters = counters;
        this.watch = watch;
        this.onCheck = onCheck;
        this.replies = new ControlReplies(limits, self);
        this.requests = new ControlRequests(host.topics(), replies, counters.requests);
        this.acceptor = new LaneAcceptor(
            LaneKind.CONTROL,
            0,
            limits,
            counters,
            watch,
            sharedMemory,
            new ConnectGreeter(replies, table, limits, this::onConnected));
    }

    /**
     * Hear the requests of a transport. Blocks: before the agent runs.
     *
     * @param aeron    client of the agent.
     * @param channels of the transport.
     */
    void listen(final Aeron aeron, final LaneChannels channels)
    {
        acceptor.listen(aeron, channels, clock.nowNs());
    }

    /**
     * Stop hearing a transport that could not be set up whole. Before the agent runs.
     */
    void unlisten()
    {
        acceptor.unlisten();
    }

    /**
     * Take over a control lane inside the JVM. Any thread.
     *
     * @param lane the broker's end.
     * @return false where too many wait.
     */
    boolean adopt(final Lane lane)
    {
        return acceptor.adopt(lane);
    }

    private void onConnected(final Lane lane, final long token)
    {
        sessions.add(new ControlSession(lane, token, nowNs));
        counters.lanesOpened.increment();
        counters.sessionsOpened.increment();
        counters.sessionsOpen.setRelease(sessions.size());
    }

    @Override
    public int doWork()
    {
        nowNs = clock.nowNs();
        int work = host.conduct(nowNs) + acceptor.poll(nowNs);
        for (int i = sessions.size() - 1; i >= 0; i--)
        {
            final ControlSession session = sessions.get(i);
            work += serve(session);
            if (session.isEnding() || session.lane().isClosed())
            {
                end(i, session);
                work++;
            }
        }

        if (nowNs >= nextCheckNs)
        {
            nextCheckNs = nowNs + CHECK_INTERVAL_NS;
            checkSessions();
            onCheck.run();
        }

        return work;
    }

    private int serve(final ControlSession session)
    {
        try
        {
            int work = session.sendWaiting();
            work += answerRequests(session);
            work += requests.poll(session, MESSAGES_PER_CYCLE, nowNs);
            if (null != requests.violation())
            {
                watch.onViolation(session.lane(), "control", requests.violation());
            }
            else if (session.lane().isClosed() && null != session.lane().fault())
            {
                watch.onFault(session.lane(), "control");
            }
            return work;
        }
        catch (final RuntimeException ex)
        {
            // One session fails alone.
            watch.onFailure(session.lane(), ex);
            return 1;
        }
    }

    private int answerRequests(final ControlSession session)
    {
        int work = 0;
        final Iterator<ControlSession.PendingRequest> pending = session.requests().iterator();
        while (pending.hasNext() && !session.isWaiting())
        {
            final ControlSession.PendingRequest request = pending.next();
            if (request.reply().isDone())
            {
                pending.remove();
                session.send(replies.buffer(), replies.reply(request.correlationId(), request.reply()));
                work++;
            }
        }

        return work;
    }

    private void checkSessions()
    {
        for (int i = sessions.size() - 1; i >= 0; i--)
        {
            final ControlSession session = sessions.get(i);
            if (!session.lane().isConnected())
            {
                end(i, session);
            }
            else if (session.isWaiting())
            {
                // We are the ones who do not listen.
                session.heard(nowNs);
            }
            else if (nowNs - session.lastHeardNs() > limits.sessionTimeoutNs())
            {
                counters.sessionsTimedOut.increment();
                session.send(replies.buffer(), replies.close(session.token(), ResultCode.TIMED_OUT.code()));
                end(i, session);
            }
        }
    }

    private void end(final int at, final ControlSession session)
    {
        table.remove(session.token());
        session.lane().close();
        sessions.remove(at);
        counters.sessionsOpen.setRelease(sessions.size());
    }

    @Override
    public void onClose()
    {
        acceptor.close();
        for (int i = sessions.size() - 1; i >= 0; i--)
        {
            final ControlSession session = sessions.get(i);
            session.send(replies.buffer(), replies.close(session.token(), ResultCode.CLOSED.code()));
            end(i, session);
        }
    }

    @Override
    public String roleName()
    {
        return "epona-conductor";
    }
}
