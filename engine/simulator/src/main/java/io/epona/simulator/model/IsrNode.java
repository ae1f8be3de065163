package io.epona.simulator.model;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One broker of {@link IsrModel}: the process, where there is one, its log, and what it wants. A log is a string, the
 * character at an offset its epoch, which says everything: in one epoch one process writes.
 * <p>
 * Changed only while a step makes its copy; a part of a state afterwards.
 */
final class IsrNode
{
    /** What a process is for the partition. */
    enum Role
    {
        LEADER, FOLLOWER, WAITING
    }

    /** What is known of an attempt to write. */
    enum Stage
    {
        /** Under way. */
        ISSUED,
        /** Applied; the answer is under way. */
        APPLIED,
        /** Refused, since the version had moved; the answer is under way. */
        MOVED,
        /** Refused by the check of a life; the answer is under way. */
        REFUSED,
        /** Known to be decided by a version that is to be read. */
        TO_READ,
        /** The connection broke. */
        UNKNOWN
    }

    /**
     * A write of a state.
     *
     * @param self    who writes, in the life that is checked; null for the controller.
     * @param version that it rests on.
     * @param next    state after it.
     * @param checked whose life is checked as well, or null.
     */
    record Write(Member self, int version, PartitionState next, Member checked)
    {
    }

    /**
     * What a leader has proposed, and is not decided.
     *
     * @param op    the change.
     * @param write of it, the same in each attempt.
     * @param stage of the last attempt.
     */
    record Wish(PartitionOp.LeaderOp op, Write write, Stage stage)
    {
        Wish at(final Stage next)
        {
            return new Wish(op, write, next);
        }
    }

    /**
     * What a leader knows of a follower.
     *
     * @param life that acknowledged in this epoch, -1 for none.
     * @param end  of what it has.
     */
    record Progress(int life, int end)
    {
        static final Progress NONE = new Progress(-1, -1);
    }

    boolean isUp = true;
    int life;
    String log = "";
    int version = -1;
    PartitionState known;
    int epoch = -1;
    Role role = Role.WAITING;
    boolean isFaulted;
    /** Of a follower. */
    int leaderId = -1;
    /** Of a follower: whether its log is known to be part of its leader's. */
    boolean isMatched;
    /** Of a leader: its log end when it began. */
    int start;
    int highWatermark;
    List<Progress> progress = List.of();
    Wish wish;

    IsrNode copy()
    {
        final IsrNode copy = new IsrNode();
        copy.isUp = isUp;
        copy.life = life;
        copy.log = log;
        copy.version = version;
        copy.known = known;
        copy.epoch = epoch;
        copy.role = role;
        copy.isFaulted = isFaulted;
        copy.leaderId = leaderId;
        copy.isMatched = isMatched;
        copy.start = start;
        copy.highWatermark = highWatermark;
        copy.progress = progress;
        copy.wish = wish;
        return copy;
    }

    boolean isLeading()
    {
        return isUp && Role.LEADER == role;
    }

    /** Nothing is left of the process; its log is. */
    void die()
    {
        isUp = false;
        version = -1;
        known = null;
        epoch = -1;
        isFaulted = false;
        wish = null;
        become(Role.WAITING);
    }

    void become(final Role next)
    {
        role = next;
        isMatched = false;
        leaderId = -1;
        start = 0;
        highWatermark = 0;
        progress = List.of();
    }

    /** Who neither leads nor waits for a write needs no more of a state than its epoch: one state instead of many. */
    void forget()
    {
        if (Role.LEADER != role && null == wish)
        {
            version = -1;
            known = null;
        }
    }

    void acked(final int broker, final Progress reached)
    {
        final List<Progress> changed = new ArrayList<>(progress);
        changed.set(broker, reached);
        progress = List.copyOf(changed);
    }

    /** Members that the leader waits for. */
    List<Member> effectiveIsr()
    {
        final Member expanding = expanding();
        if (null == expanding || known.isr().contains(expanding))
        {
            return known.isr();
        }

        final List<Member> members = new ArrayList<>(known.isr());
        members.add(expanding);
        return members;
    }

    Member expanding()
    {
        return null != wish && wish.op() instanceof PartitionOp.Expand expand ? expand.member() : null;
    }

    Member shrinking()
    {
        return null != wish && wish.op() instanceof PartitionOp.Shrink shrink ? shrink.member() : null;
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof IsrNode node &&
            isUp == node.isUp && life == node.life && log.equals(node.log) && version == node.version &&
            epoch == node.epoch && role == node.role && isFaulted == node.isFaulted && leaderId == node.leaderId &&
            isMatched == node.isMatched &&
            start == node.start && highWatermark == node.highWatermark && progress.equals(node.progress) &&
            Objects.equals(known, node.known) && Objects.equals(wish, node.wish);
    }

    @Override
    public int hashCode()
    {
        int hash = log.hashCode() * 31 + version;
        hash = hash * 31 + epoch;
        hash = hash * 31 + life * 2 + (isUp ? 1 : 0);
        hash = hash * 31 + role.ordinal() * 4 + (isFaulted ? 2 : 0) + (isMatched ? 1 : 0);
        hash = hash * 31 + start * 16 + highWatermark;
        hash = hash * 31 + progress.hashCode();
        return hash * 31 + (null == wish ? 0 : wish.write().version() * 8 + wish.stage().ordinal());
    }

    @Override
    public String toString()
    {
        return (isUp ? role + "" : "down") + " life " + life + " epoch " + epoch + " version " + version +
            " log '" + log + "'" + (isMatched ? " matched" : "") + (isFaulted ? " faulted" : "") +
            (Role.LEADER == role ? " start " + start + " hw " + highWatermark + " " + progress : "") +
            (null == wish ? "" : " " + wish.op() + " " + wish.stage());
    }
}
