import type { EventNumber, PhoneNumber, PhoneNumberId, WabaId } from '#domain';
import type { PhoneNumberEntity } from '../store/numbers.entity.js';
import { countryCode, countryDialCode, displayNumber } from './phone-format.js';

export function numberFromRow(row: PhoneNumberEntity): PhoneNumber {
  return {
    id: row.id as PhoneNumberId,
    wabaId: row.wabaId as WabaId,
    number: row.number,
    displayNumber: displayNumber(row.number),
    countryDialCode: countryDialCode(row.number),
    verifiedName: row.verifiedName,
    status: row.status as PhoneNumber['status'],
    codeVerificationStatus: row.codeVerification as PhoneNumber['codeVerificationStatus'],
    nameStatus: row.nameStatus as PhoneNumber['nameStatus'],
    newDisplayName: row.newDisplayName ?? undefined,
    newNameStatus: row.newNameStatus as PhoneNumber['newNameStatus'],
    searchVisibility: row.searchVisibility as PhoneNumber['searchVisibility'],
    username: row.username ?? undefined,
    countryCode: countryCode(row.number),
    qualityRating: row.qualityRating as PhoneNumber['qualityRating'],
    isRegistered: row.isRegistered,
    isPinEnabled: row.pinHash !== null,
    accountMode: row.accountMode as PhoneNumber['accountMode'],
    carrier: row.carrier,
    createdAt: row.createdAt,
    registeredAt: row.registeredAt ?? undefined,
    throughput: row.throughput,
  };
}

/** A number as events name it. */
export function eventNumber(row: Pick<PhoneNumberEntity, 'id' | 'wabaId' | 'number'>): EventNumber {
  return {
    id: row.id as PhoneNumberId,
    wabaId: row.wabaId as WabaId,
    number: row.number,
    displayNumber: displayNumber(row.number),
  };
}
