package io.epona.simulator.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * A state of {@link SyncModel}. Changed only while a step makes its copy.
 */
final class SyncState
{
    /** Kinds of messages; progress and hw are one. */
    enum Kind
    {
        FOLLOWER_STATE, OK, DIVERGED, BELOW_START, BATCH, PROGRESS, ACK
    }

    /**
     * A message that is under way.
     *
     * @param kind   of it.
     * @param to     whom.
     * @param life   of the sender.
     * @param epoch  of it.
     * @param syncId of it.
     * @param offset of a BATCH, where it goes; of DIVERGED and ACK, the end.
     * @param last   of a BATCH the epoch of the record before; of DIVERGED the epoch.
     * @param text   of a FOLLOWER_STATE the log's epochs; of a BATCH the record's epoch.
     */
    record Message(Kind kind, int to, int life, int epoch, int syncId, int offset, int last, String text)
    {
        Message withSync(final int number)
        {
            return new Message(kind, to, life, epoch, number, offset, last, text);
        }
    }

    /**
     * Who leads, as the coordination says.
     *
     * @param epoch  of it.
     * @param leader of it.
     * @param life   in which.
     */
    record Reign(int epoch, int leader, int life)
    {
    }

    private static final Comparator<Message> ORDER = Comparator.comparingInt((final Message message) ->
        message.kind().ordinal()).thenComparingInt(Message::to).thenComparingInt(Message::life)
        .thenComparingInt(Message::epoch).thenComparingInt(Message::syncId).thenComparingInt(Message::offset)
        .thenComparingInt(Message::last).thenComparing(Message::text);

    Reign reign;
    final SyncNode[] nodes = new SyncNode[2];
    List<Message> messages = List.of();
    int elections;
    int bounces;
    String broken;

    SyncState copy()
    {
        final SyncState copy = new SyncState();
        copy.reign = reign;
        copy.nodes[0] = nodes[0].copy();
        copy.nodes[1] = nodes[1].copy();
        copy.messages = messages;
        copy.elections = elections;
        copy.bounces = bounces;
        copy.broken = broken;
        return copy;
    }

    void send(final Message message)
    {
        if (!messages.contains(message))
        {
            final List<Message> changed = new ArrayList<>(messages);
            changed.add(message);
            messages = changed;
        }
    }

    void take(final Message message)
    {
        final List<Message> changed = new ArrayList<>(messages);
        changed.remove(message);
        messages = changed;
    }

    /** A number for a sync that is above all others. */
    int freshSync()
    {
        int fresh = Math.max(
            Math.max(nodes[0].syncId, nodes[1].syncId), Math.max(nodes[0].followerSync, nodes[1].followerSync));
        for (final Message message : messages)
        {
            fresh = Math.max(fresh, message.syncId());
        }

        return fresh + 1;
    }

    /** Only the order of the numbers of syncs counts: one state instead of many. */
    SyncState normal()
    {
        final TreeSet<Integer> used = new TreeSet<>();
        for (final SyncNode node : nodes)
        {
            used.add(node.syncId);
            used.add(node.followerSync);
        }
        messages.forEach((message) -> used.add(message.syncId()));
        used.add(0);
        for (final SyncNode node : nodes)
        {
            node.syncId = used.headSet(node.syncId).size();
            node.followerSync = used.headSet(node.followerSync).size();
        }
        messages = messages.stream().map((message) -> message.withSync(used.headSet(message.syncId()).size()))
            .distinct().sorted(ORDER).toList();

        return this;
    }

    Object[] parts()
    {
        return new Object[]{
            reign, nodes[0], nodes[1], messages, elections, bounces, null == broken ? "" : broken };
    }

    @SuppressWarnings("unchecked")
    static SyncState of(final Object[] parts)
    {
        final SyncState state = new SyncState();
        state.reign = (Reign)parts[0];
        state.nodes[0] = (SyncNode)parts[1];
        state.nodes[1] = (SyncNode)parts[2];
        state.messages = (List<Message>)parts[3];
        state.elections = (Integer)parts[4];
        state.bounces = (Integer)parts[5];
        state.broken = ((String)parts[6]).isEmpty() ? null : (String)parts[6];
        return state;
    }

    @Override
    public String toString()
    {
        return reign + " " + Arrays.toString(nodes) + " " + messages + (null == broken ? "" : " " + broken);
    }
}
