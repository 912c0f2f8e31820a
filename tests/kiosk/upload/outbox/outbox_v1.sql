-- An outbox as version 1 left it, one visit in each state. Never changed: today's program must open it.
BEGIN TRANSACTION;
CREATE TABLE shots (
    seq INTEGER PRIMARY KEY,
    visit TEXT NOT NULL REFERENCES visits (id),
    taken_at TEXT NOT NULL,
    original TEXT NOT NULL,
    portrait TEXT,
    recipe TEXT,
    verdicts TEXT,
    trouble TEXT NOT NULL DEFAULT ''
);
INSERT INTO "shots" VALUES(1,'26a26e50b32144c680bcdfb0d318b52f','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0001.JPG", "name": "IMG_0001.JPG", "size": 250, "sha256": "ed02fbbe22bea1ff6a6f0b2cd5562ce252cb1203f43c195a6b4a9490bf58b6c7"}','{"path": "/nowhere/portrait.jpg", "name": "portrait.jpg", "size": 180, "sha256": "c7dfd1af778c7f0256039447d4959f41948a939e5248add2fcd1ce10d09c73f0"}','{"standard": "chsi", "crop": [1, 2, 3, 4]}','[{"rule": "eyes_open", "outcome": "pass", "value": 0.3, "unit": "", "low": 0.2, "high": null, "reason": ""}]','');
INSERT INTO "shots" VALUES(2,'42dcd4b569364dabb3396b05dd9096c1','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0001.JPG", "name": "IMG_0001.JPG", "size": 250, "sha256": "ed02fbbe22bea1ff6a6f0b2cd5562ce252cb1203f43c195a6b4a9490bf58b6c7"}','{"path": "/nowhere/portrait.jpg", "name": "portrait.jpg", "size": 180, "sha256": "c7dfd1af778c7f0256039447d4959f41948a939e5248add2fcd1ce10d09c73f0"}','{"standard": "chsi", "crop": [1, 2, 3, 4]}','[{"rule": "eyes_open", "outcome": "pass", "value": 0.3, "unit": "", "low": 0.2, "high": null, "reason": ""}]','');
INSERT INTO "shots" VALUES(3,'1081b48e3cf74d58aad78bcf19d0acf2','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0001.JPG", "name": "IMG_0001.JPG", "size": 250, "sha256": "ed02fbbe22bea1ff6a6f0b2cd5562ce252cb1203f43c195a6b4a9490bf58b6c7"}','{"path": "/nowhere/portrait.jpg", "name": "portrait.jpg", "size": 180, "sha256": "c7dfd1af778c7f0256039447d4959f41948a939e5248add2fcd1ce10d09c73f0"}','{"standard": "chsi", "crop": [1, 2, 3, 4]}','[{"rule": "eyes_open", "outcome": "pass", "value": 0.3, "unit": "", "low": 0.2, "high": null, "reason": ""}]','');
INSERT INTO "shots" VALUES(4,'cf77fb515b6c4b7e9c877f961aa936e9','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0001.JPG", "name": "IMG_0001.JPG", "size": 250, "sha256": "ed02fbbe22bea1ff6a6f0b2cd5562ce252cb1203f43c195a6b4a9490bf58b6c7"}','{"path": "/nowhere/portrait.jpg", "name": "portrait.jpg", "size": 180, "sha256": "c7dfd1af778c7f0256039447d4959f41948a939e5248add2fcd1ce10d09c73f0"}','{"standard": "chsi", "crop": [1, 2, 3, 4]}','[{"rule": "eyes_open", "outcome": "pass", "value": 0.3, "unit": "", "low": 0.2, "high": null, "reason": ""}]','');
INSERT INTO "shots" VALUES(5,'537dfec2ac3340cc8f405333678f84a6','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0001.JPG", "name": "IMG_0001.JPG", "size": 250, "sha256": "ed02fbbe22bea1ff6a6f0b2cd5562ce252cb1203f43c195a6b4a9490bf58b6c7"}',NULL,NULL,NULL,'');
INSERT INTO "shots" VALUES(6,'537dfec2ac3340cc8f405333678f84a6','2026-05-20T12:00:00+00:00','{"path": "/nowhere/IMG_0002.JPG", "name": "IMG_0002.JPG", "size": 6, "sha256": "5d969fc0a1f0aabbf666afd1924d3808687c0886c4f1f4056aa22bc97289337d"}',NULL,NULL,'[]','no face');
CREATE TABLE visits (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ready', 'leased', 'sent', 'refused')),
    student TEXT NOT NULL,
    campaign TEXT NOT NULL,
    name TEXT NOT NULL,
    identified_by TEXT NOT NULL,
    consent TEXT,
    simulated INTEGER NOT NULL,
    ending TEXT,
    begun_at REAL NOT NULL,
    ready_at REAL,
    next_at REAL NOT NULL DEFAULT 0,
    leased_until REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    failed_at REAL,
    refused TEXT,
    sent_at REAL,
    purged_at REAL,
    CHECK ((state = 'leased') = (leased_until IS NOT NULL)),
    CHECK ((state = 'refused') = (refused IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state = 'open' OR ending IS NOT NULL)
);
INSERT INTO "visits" VALUES(1,'26a26e50b32144c680bcdfb0d318b52f','sent','sent','c1','王*明','id_card','{"text_version":"2026-1","given_at":"2026-05-20T12:00:00Z"}',1,'accepted',1779278400.0,1779278400.0,0.0,NULL,1,'',NULL,NULL,1779278400.0,NULL);
INSERT INTO "visits" VALUES(2,'42dcd4b569364dabb3396b05dd9096c1','refused','refused','c1','王*明','id_card','{"text_version":"2026-1","given_at":"2026-05-20T12:00:00Z"}',1,'accepted',1779278400.0,1779278400.0,0.0,NULL,1,'The campaign is closed.',1779278400.0,'{"reason":"campaign_closed","zh_CN":"采集已结束。","en":"The campaign is closed."}',NULL,NULL);
INSERT INTO "visits" VALUES(3,'1081b48e3cf74d58aad78bcf19d0acf2','leased','leased','c1','王*明','id_card','{"text_version":"2026-1","given_at":"2026-05-20T12:00:00Z"}',1,'accepted',1779278400.0,1779278400.0,0.0,1779278460.0,1,'',NULL,NULL,NULL,NULL);
INSERT INTO "visits" VALUES(4,'cf77fb515b6c4b7e9c877f961aa936e9','ready','ready','c1','王*明','id_card','{"text_version":"2026-1","given_at":"2026-05-20T12:00:00Z"}',1,'accepted',1779278400.0,1779278400.0,0.0,NULL,0,'',NULL,NULL,NULL,NULL);
INSERT INTO "visits" VALUES(5,'537dfec2ac3340cc8f405333678f84a6','open','open','c1','王*明','id_card','{"text_version":"2026-1","given_at":"2026-05-20T12:00:00Z"}',1,NULL,1779278400.0,NULL,0.0,NULL,0,'',NULL,NULL,NULL,NULL);
CREATE INDEX visits_waiting ON visits (seq) WHERE state IN ('ready', 'leased');
CREATE INDEX shots_by_visit ON shots (visit, seq);
COMMIT;
PRAGMA user_version = 1;
