package io.epona.simulator.model;

/**
 * Ways to get {@link IsrModel} wrong, planted. Immutable: any thread.
 */
enum IsrWrong
{
    /** An unknown outcome is taken for a refusal. */
    UNKNOWN_IS_REFUSED,
    /** A read of the same version is taken for the proof that an attempt was not applied. */
    READ_DECIDES,
    /** A refusal because the version moved is taken for a success, and the version is not read. */
    STALE_IS_APPLIED,
    /** A refused change is issued again for ever, against the version that it rests on. */
    RETRIED_FOR_EVER,
    /** Who is proposed to come in does not count before the proposal is decided. */
    PENDING_IS_NOT_COUNTED,
    /** Who is proposed to go does not count from then on. */
    SHRUNK_IS_NOT_COUNTED,
    /** The life of who comes in is not checked in the write. */
    MEMBER_IS_NOT_CHECKED,
    /** The life of the leader is not checked in its write. */
    SELF_IS_NOT_CHECKED,
    /** The life of who is elected is not checked in the controller's write. */
    ELECTED_IS_NOT_CHECKED,
    /** What was acknowledged counts for every life of a broker. */
    LIFE_IS_NOT_COMPARED,
    /** What was acknowledged in another epoch counts in the next one. */
    PROGRESS_IS_KEPT,
    /** Who has the high watermark comes in, also below the epoch's start. */
    START_IS_NOT_REACHED,
    /** The high watermark moves below minIsr. */
    MIN_ISR_IS_IGNORED,
    /** A broker whose log was cut registers as if nothing was lost. */
    LOSS_IS_NOT_TOLD,
    /** A leader that was restarted, or lost its session, leads on in its epoch. */
    FORMER_LIFE_LEADS,
    /** A resignation is proposed once, on one version. */
    RESIGNS_ONCE,
    /** A resignation is proposed again in the epoch in which its leader was elected again. */
    RESIGNS_AGAIN
}
