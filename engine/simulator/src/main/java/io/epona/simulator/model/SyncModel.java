package io.epona.simulator.model;

import io.epona.simulator.model.SyncNode.Role;
import io.epona.simulator.model.SyncState.Kind;
import io.epona.simulator.model.SyncState.Message;
import io.epona.simulator.model.SyncState.Reign;

/**
 * Two brokers and one partition, who lead in turn: how a follower's log is matched with its leader's, and copied, by
 * messages. Messages are lost, overtake each other at will and come late, over epochs and over lives: that is more
 * than two streams of Aeron do, so that a batch or progress often comes before the OK that it stands for.
 * <p>
 * Elections are arbitrary, also of who has not what is committed: what must hold here is that logs match, and that a
 * leader never counts more than its follower has in common with it. The verdict is that of the engine's
 * {@code LogMatch}, with all epochs of the follower told; the log start is 0.
 */
final class SyncModel implements Model<SyncState>
{
    /** Ways to get it wrong, planted. */
    enum Wrong
    {
        /** A follower takes what belongs to any sync of its epoch. */
        SYNC_IS_NOT_COMPARED,
        /** A follower takes what belongs to any epoch. */
        EPOCH_IS_NOT_COMPARED,
        /** A leader sends progress before it found the logs to match. */
        PROGRESS_BEFORE_MATCH,
        /** A follower cuts at the leader's end alone, and does not ask again. */
        ONE_ROUND,
        /** A leader makes no entry for its epoch, and the epoch of the record before is not compared. */
        NO_OWN_ENTRY,
        /** A new epoch of the same leader needs no sync, and the epoch before is not compared. */
        NO_SYNC_WITH_SAME_LEADER,
        /** Where a batch goes is not compared with the log end. */
        OFFSET_IS_NOT_COMPARED,
        /** The epoch of the record before is not compared. */
        LAST_EPOCH_IS_NOT_COMPARED,
        /** A leader counts acknowledgements of any sync. */
        ACK_OF_ANY_SYNC,
        /** A leader counts acknowledgements of any sync of any life. */
        ACK_OF_ANY_LIFE
    }

    private final int records;
    private final int elections;
    private final int bounces;
    private final int underWay;
    private final Wrong wrong;

    /**
     * @param records   that a log holds at most.
     * @param elections after the first.
     * @param bounces   of any broker, with any part of its log lost.
     * @param underWay  messages at most.
     * @param wrong     what is planted, or null.
     */
    SyncModel(final int records, final int elections, final int bounces, final int underWay, final Wrong wrong)
    {
        this.records = records;
        this.elections = elections;
        this.bounces = bounces;
        this.underWay = underWay;
        this.wrong = wrong;
    }

    @Override
    public SyncState initial()
    {
        final SyncState state = new SyncState();
        state.reign = new Reign(0, 0, 0);
        state.nodes[0] = new SyncNode();
        state.nodes[1] = new SyncNode();
        state.elections = elections;
        state.bounces = bounces;
        return state;
    }

    @Override
    public void steps(final SyncState state, final Steps<SyncState> steps)
    {
        faults(state, steps);
        for (int i = 0; i < state.nodes.length; i++)
        {
            if (state.nodes[i].epoch < state.reign.epoch())
            {
                final SyncState next = state.copy();
                learn(next, i);
                steps.step("read", i, -1, next.normal());
            }
            lead(state, i, steps);
            follow(state, i, steps);
        }
        for (int i = 0; i < state.messages.size(); i++)
        {
            final Message message = state.messages.get(i);
            final SyncState lost = state.copy();
            lost.take(message);
            steps.step("lose " + message.kind(), i, message.to(), lost.normal());
            final SyncState next = state.copy();
            next.take(message);
            deliver(next, next.nodes[message.to()], message);
            steps.step("deliver " + message.kind(), i, message.to(), next.normal());
        }
    }

    private void faults(final SyncState state, final Steps<SyncState> steps)
    {
        for (int i = 0; i < state.nodes.length; i++)
        {
            if (state.elections > 0)
            {
                final SyncState next = state.copy();
                next.elections--;
                next.reign = new Reign(state.reign.epoch() + 1, i, state.nodes[i].life);
                steps.fault("elect", i, -1, next);
            }
            for (int end = 0; state.bounces > 0 && end <= state.nodes[i].log.length(); end++)
            {
                final SyncState next = state.copy();
                final SyncNode node = next.nodes[i];
                next.bounces--;
                node.become(Role.WAITING);
                node.life++;
                node.epoch = -1;
                node.log = node.log.substring(0, end);
                steps.fault("bounce", i, end, next.normal());
            }
        }
    }

    private void learn(final SyncState next, final int id)
    {
        final SyncNode node = next.nodes[id];
        final Reign reign = next.reign;
        final SyncNode before = node.copy();
        node.epoch = reign.epoch();
        if (id == reign.leader())
        {
            node.become(reign.life() == node.life ? Role.LEADER : Role.WAITING);
            if (Role.LEADER == before.role && Role.LEADER == node.role && Wrong.NO_SYNC_WITH_SAME_LEADER == wrong)
            {
                node.followerLife = before.followerLife;
                node.followerSync = before.followerSync;
                node.isMatched = before.isMatched;
                node.next = before.next;
            }
            return;
        }

        node.become(Role.SYNCING);
        node.leaderId = reign.leader();
        node.leaderLife = reign.life();
        if (Wrong.NO_SYNC_WITH_SAME_LEADER == wrong && before.leaderId == reign.leader() && Role.RUNNING == before.role)
        {
            node.role = Role.RUNNING;
        }
        else
        {
            node.sync(next.freshSync());
        }
    }

    // The leader's side.

    private void lead(final SyncState state, final int id, final Steps<SyncState> steps)
    {
        final SyncNode node = state.nodes[id];
        if (Role.LEADER != node.role)
        {
            return;
        }
        if (node.log.length() < records)
        {
            final SyncState next = state.copy();
            next.nodes[id].log += (char)('0' + node.epoch);
            steps.step("append", id, -1, next);
        }
        if (state.messages.size() == underWay || node.followerLife < 0)
        {
            return;
        }

        final int to = 1 - id;
        if (node.isMatched && node.next < node.log.length())
        {
            final SyncState next = state.copy();
            next.send(new Message(
                Kind.BATCH, to, node.life, node.epoch, node.followerSync, node.next,
                0 == node.next ? -1 : node.log.charAt(node.next - 1) - '0',
                node.log.substring(node.next, node.next + 1)));
            next.nodes[id].next++;
            steps.step("send a batch", id, node.next, next.normal());
        }
        if (node.isMatched || Wrong.PROGRESS_BEFORE_MATCH == wrong)
        {
            final SyncState next = state.copy();
            next.send(new Message(
                Kind.PROGRESS, to, node.life, node.epoch, node.followerSync, 0, -1, ""));
            steps.step("send progress", id, -1, next.normal());
        }
    }

    private void deliver(final SyncState next, final SyncNode node, final Message message)
    {
        final boolean isAnyEpoch = Wrong.EPOCH_IS_NOT_COMPARED == wrong;
        if (node.epoch != message.epoch() && !isAnyEpoch)
        {
            return;
        }

        switch (message.kind())
        {
            case FOLLOWER_STATE ->
            {
                if (Role.LEADER == node.role)
                {
                    judge(next, node, message);
                }
            }
            case ACK ->
            {
                if (Role.LEADER == node.role)
                {
                    acknowledged(node, message);
                }
            }
            default ->
            {
                if (isTaken(node, message))
                {
                    follow(next, node, message);
                }
            }
        }
    }

    private void judge(final SyncState next, final SyncNode node, final Message message)
    {
        if (message.life() < node.followerLife ||
            message.life() == node.followerLife && message.syncId() <= node.followerSync)
        {
            return;
        }
        if (message.life() > node.followerLife)
        {
            node.acked = -1;
        }
        node.followerLife = message.life();
        node.followerSync = message.syncId();
        node.isMatched = false;

        final Message verdict = verdict(node, message);
        if (null == verdict)
        {
            next.broken = "AHEAD";
            return;
        }
        node.wasDiverged = Kind.DIVERGED == verdict.kind();
        if (Kind.OK == verdict.kind())
        {
            node.isMatched = true;
            node.next = message.offset();
            node.acked = Math.max(node.acked, message.offset());
        }
        if (next.messages.size() < underWay)
        {
            next.send(verdict);
        }
    }

    /** What the leader makes of a follower's log, null where it has more of the leader's own epoch. */
    private Message verdict(final SyncNode node, final Message message)
    {
        final String theirs = message.text();
        final int to = 1 - message.to();
        final int last = message.last();
        if (theirs.isEmpty())
        {
            return reply(Kind.OK, to, node, 0, -1);
        }

        final int floor = floor(node, last);
        if (floor < 0)
        {
            return reply(Kind.BELOW_START, to, node, 0, -1);
        }
        final boolean isSecond = Wrong.ONE_ROUND == wrong && node.wasDiverged && message.offset() <= node.log.length();
        if (floor == last && message.offset() <= end(node, floor) || isSecond)
        {
            return reply(Kind.OK, to, node, 0, -1);
        }
        if (floor == last && last == node.epoch)
        {
            return null;
        }

        int i = theirs.length() - 1;
        int common = floor;
        while (i >= 0 && Wrong.ONE_ROUND != wrong)
        {
            final int epoch = theirs.charAt(i) - '0';
            common = floor(node, epoch);
            if (common == epoch || common < 0)
            {
                break;
            }
            i--;
        }

        return reply(
            Kind.DIVERGED, to, node, common < 0 ? 0 : end(node, common), common);
    }

    private Message reply(final Kind kind, final int to, final SyncNode node, final int end, final int epoch)
    {
        return new Message(kind, to, node.life, node.epoch, node.followerSync, end, epoch, "");
    }

    /** Greatest epoch at or below one of which the leader has batches, or which is its own; -1 for none. */
    private int floor(final SyncNode node, final int epoch)
    {
        if (node.epoch <= epoch && Wrong.NO_OWN_ENTRY != wrong)
        {
            return node.epoch;
        }
        final int end = node.endOf(Wrong.NO_OWN_ENTRY == wrong ? Math.min(epoch, node.epoch - 1) : epoch);

        return 0 == end ? -1 : node.log.charAt(end - 1) - '0';
    }

    private int end(final SyncNode node, final int epoch)
    {
        final int end = node.endOf(epoch);
        final boolean isLastKnown = Wrong.NO_OWN_ENTRY == wrong && end == node.endOf(node.epoch - 1);

        return epoch == node.epoch || isLastKnown ? node.log.length() : end;
    }

    private void acknowledged(final SyncNode node, final Message message)
    {
        final boolean isOfLife = message.life() == node.followerLife || Wrong.ACK_OF_ANY_LIFE == wrong;
        final boolean isOfSync = message.syncId() == node.followerSync && node.isMatched ||
            Wrong.ACK_OF_ANY_SYNC == wrong || Wrong.ACK_OF_ANY_LIFE == wrong ||
            Wrong.NO_SYNC_WITH_SAME_LEADER == wrong;
        if (isOfLife && isOfSync)
        {
            node.acked = Math.max(node.acked, message.offset());
        }
    }

    // The follower's side.

    private void follow(final SyncState state, final int id, final Steps<SyncState> steps)
    {
        final SyncNode node = state.nodes[id];
        if (Role.CUTTING == node.role)
        {
            final SyncState next = state.copy();
            final SyncNode cut = next.nodes[id];
            cut.log = cut.log.substring(0, Math.min(node.cutTo, cut.log.length()));
            cut.sync(next.freshSync());
            steps.step("cut", id, node.cutTo, next.normal());
        }
        if (!node.isFollower() || state.messages.size() == underWay)
        {
            return;
        }
        if (Role.SYNCING == node.role)
        {
            final SyncState next = state.copy();
            final SyncNode asking = next.nodes[id];
            if (asking.isAsked)
            {
                asking.sync(next.freshSync());
            }
            asking.isAsked = true;
            next.send(new Message(
                Kind.FOLLOWER_STATE, node.leaderId, node.life, node.epoch, asking.syncId, node.log.length(),
                node.lastEpoch(), node.log));
            steps.step("ask", id, -1, next.normal());
        }
        else if (Role.RUNNING == node.role)
        {
            final SyncState next = state.copy();
            next.send(new Message(
                Kind.ACK, node.leaderId, node.life, node.epoch, node.syncId, node.log.length(), -1, ""));
            steps.step("acknowledge", id, node.log.length(), next.normal());
            final SyncState image = state.copy();
            image.nodes[id].sync(image.freshSync());
            steps.step("new image", id, -1, image.normal());
        }
    }

    private boolean isTaken(final SyncNode node, final Message message)
    {
        final boolean isOfSync = message.syncId() == node.syncId || Wrong.SYNC_IS_NOT_COMPARED == wrong;
        return node.isFollower() && isOfSync &&
            (message.life() == node.leaderLife || Wrong.EPOCH_IS_NOT_COMPARED == wrong) && Role.CUTTING != node.role;
    }

    private void follow(final SyncState next, final SyncNode node, final Message message)
    {
        final boolean isSyncing = Role.SYNCING == node.role;
        switch (message.kind())
        {
            case OK -> node.role = isSyncing ? Role.RUNNING : node.role;
            case DIVERGED ->
            {
                if (isSyncing)
                {
                    node.role = Role.CUTTING;
                    node.cutTo = Wrong.ONE_ROUND == wrong ? message.offset() :
                        Math.min(message.offset(), node.endOf(message.last()));
                }
            }
            case BELOW_START ->
            {
                if (isSyncing)
                {
                    node.role = Role.CUTTING;
                    node.cutTo = 0;
                }
            }
            default ->
            {
                if (isSyncing && !node.isAsked && Wrong.SYNC_IS_NOT_COMPARED != wrong)
                {
                    return;
                }
                // The implicit OK: only a leader that found the logs to match sends these.
                node.role = Role.RUNNING;
                if (Kind.BATCH == message.kind())
                {
                    append(next, node, message);
                }
            }
        }
    }

    private void append(final SyncState next, final SyncNode node, final Message message)
    {
        final boolean isOffset = message.offset() == node.log.length() || Wrong.OFFSET_IS_NOT_COMPARED == wrong;
        final boolean isLast = message.last() == node.lastEpoch() || Wrong.LAST_EPOCH_IS_NOT_COMPARED == wrong ||
            Wrong.NO_OWN_ENTRY == wrong || Wrong.NO_SYNC_WITH_SAME_LEADER == wrong ||
            Wrong.ONE_ROUND == wrong || Wrong.OFFSET_IS_NOT_COMPARED == wrong;
        if (isOffset && isLast)
        {
            node.log += message.text();
        }
        else
        {
            node.sync(next.freshSync());
        }
    }

    @Override
    public String broken(final SyncState state)
    {
        if (null != state.broken)
        {
            return state.broken;
        }
        final String one = state.nodes[0].log;
        final String other = state.nodes[1].log;
        final int common = IsrRules.common(one, other);
        for (int end = common; end < Math.min(one.length(), other.length()); end++)
        {
            if (one.charAt(end) == other.charAt(end))
            {
                return "I3";
            }
        }

        for (int i = 0; i < state.nodes.length; i++)
        {
            final SyncNode leader = state.nodes[i];
            final SyncNode follower = state.nodes[1 - i];
            final boolean isOfLeader = Role.LEADER == leader.role && follower.isFollower() &&
                follower.epoch == leader.epoch && follower.leaderLife == leader.life;
            if (isOfLeader && follower.life == leader.followerLife && leader.acked > common)
            {
                return "I7";
            }
            if (isOfLeader && Role.RUNNING == follower.role && common < follower.log.length())
            {
                return "MATCH";
            }
        }

        return null;
    }

    @Override
    public boolean isSettled(final SyncState state)
    {
        final SyncNode leader = state.nodes[state.reign.leader()];
        final SyncNode follower = state.nodes[1 - state.reign.leader()];
        if (leader.life != state.reign.life())
        {
            // A bounced leader: it is the controller's turn.
            return true;
        }

        return Role.LEADER == leader.role && leader.epoch == state.reign.epoch() && Role.RUNNING == follower.role &&
            follower.epoch == leader.epoch && follower.log.equals(leader.log) &&
            leader.followerLife == follower.life && leader.acked == follower.log.length();
    }

    @Override
    public Object[] parts(final SyncState state)
    {
        return state.parts();
    }

    @Override
    public SyncState whole(final Object[] parts)
    {
        return SyncState.of(parts);
    }
}
