package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.SessionListener;
import io.epona.engine.cluster.Coordination.Status;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Drives a coordination from the test's thread and writes down, in order, what it delivers.
 */
public final class Caller implements SessionListener
{
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Coordination coordination;
    private final List<String> events = new ArrayList<>();

    /**
     * @param status      of a change.
     * @param failedIndex of it.
     * @param versions    of it.
     */
    public record Change(Status status, int failedIndex, List<Integer> versions)
    {
    }

    /**
     * @param status         of a read.
     * @param value          as text.
     * @param version        of the node.
     * @param ephemeralOwner of the node.
     */
    public record Node(Status status, String value, int version, long ephemeralOwner)
    {
    }

    /** A place for one answer. */
    public static final class Answer<T>
    {
        private T value;
        private int count;

        public T value()
        {
            return value;
        }

        public int count()
        {
            return count;
        }

        private void set(final T answer)
        {
            value = answer;
            count++;
        }
    }

    public Caller(final Coordination coordination)
    {
        this.coordination = coordination;
        coordination.sessionListener(this);
    }

    public static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public Coordination coordination()
    {
        return coordination;
    }

    public List<String> events()
    {
        return events;
    }

    public boolean heard(final String event)
    {
        return events.contains(event);
    }

    public long awaitSession()
    {
        await(() -> 0 != coordination.sessionId());
        return coordination.sessionId();
    }

    public void await(final BooleanSupplier condition)
    {
        await(condition, coordination);
    }

    public static void await(final BooleanSupplier condition, final Coordination... polled)
    {
        final Deadline deadline = new Deadline(DEADLINE_NS);
        while (!condition.getAsBoolean())
        {
            int workCount = 0;
            for (final Coordination coordination : polled)
            {
                workCount += coordination.poll();
            }
            if (0 == workCount)
            {
                LockSupport.parkNanos(PARK_NS);
            }
            deadline.check();
        }
    }

    public Answer<Change> begin(final Operation... operations)
    {
        final Answer<Change> answer = new Answer<>();
        coordination.multi(
            List.of(operations),
            (status, failedIndex, versions) ->
            {
                events.add("change " + status);
                answer.set(new Change(status, failedIndex, Arrays.stream(versions).boxed().toList()));
            });

        return answer;
    }

    public Change change(final Operation... operations)
    {
        final Answer<Change> answer = begin(operations);
        await(() -> answer.count > 0);

        return answer.value();
    }

    public Answer<Node> beginRead(final String path)
    {
        final Answer<Node> answer = new Answer<>();
        coordination.read(
            path,
            (status, value, version, ephemeralOwner) ->
            {
                events.add("read " + status);
                final String text = Status.OK == status ? new String(value, StandardCharsets.UTF_8) : null;
                answer.set(new Node(status, text, version, ephemeralOwner));
            });

        return answer;
    }

    public Node read(final String path)
    {
        final Answer<Node> answer = beginRead(path);
        await(() -> answer.count > 0);

        return answer.value();
    }

    /** Children, or the status where it is not OK. */
    public Object children(final String path)
    {
        final Answer<Object> answer = new Answer<>();
        coordination.children(path, (status, names) -> answer.set(Status.OK == status ? names : status));
        await(() -> answer.count > 0);

        return answer.value();
    }

    @Override
    public void onConnected(final long sessionId)
    {
        events.add("connected " + Long.toHexString(sessionId));
    }

    @Override
    public void onSuspended()
    {
        events.add("suspended");
    }

    @Override
    public void onExpired()
    {
        events.add("expired");
    }
}
